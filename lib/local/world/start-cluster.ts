import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { failureOf } from '../../core/failure.ts';
import { createAuthority, type Authority } from '../api-server/server/self-signed-certificate.ts';
import { startApiServer } from '../api-server/server/start-api-server.ts';
import { parseKubeconfig } from '../../adapters/kubernetes/parse-kubeconfig.ts';
import { askCluster } from './ask-cluster.ts';
import { startControlPlane } from './start-control-plane.ts';

/** Which cluster the virtual node joins. */
export type ClusterChoice =
  | { readonly kind: 'embedded' }
  /** Real programs in the folder that `KUBEBUILDER_ASSETS` names. */
  | { readonly kind: 'assets'; readonly folder: string }
  /** A running cluster, of which we leave nothing behind. */
  | { readonly kind: 'foreign'; readonly kubeconfig: string };

/** What a gateway shows to the API server of a cluster, and what that shows to it. */
export interface KubeletPlace {
  /** PEM of whom the certificates of callers are from; empty: it is not known, so that only tokens are taken. */
  readonly clientAuthorities: string;
  /** Signs what the gateway shows. */
  readonly authority: Authority;
}

/** The cluster of a world. */
export interface LocalCluster {
  readonly kind: ClusterChoice['kind'];
  /** Inline credentials only. */
  readonly kubeconfig: string;
  /** Where the kubeconfig was read from: a user's credentials are not copied. */
  readonly file?: string;
  /** Whether something binds pods to nodes; else they must name their node. */
  readonly hasScheduler: boolean;
  /** How the kubelet API is served there; `undefined`: nobody would find it. */
  readonly kubelet: KubeletPlace | undefined;
  /** Ends what was started; a foreign cluster goes on. */
  close(): Promise<void>;
}

/** The choice that a command line and the environment make. */
export function chooseCluster(kubeconfig: string | undefined, assets: string | undefined): ClusterChoice {
  if (kubeconfig !== undefined) return { kind: 'foreign', kubeconfig };
  return assets === undefined || assets === '' ? { kind: 'embedded' } : { kind: 'assets', folder: assets };
}

/**
 * Starts or joins the cluster; it answers when this resolves.
 * @param data an empty folder for what the cluster keeps
 * @throws Error with one message that says what is wrong with the kubeconfig, the cluster or the programs
 */
export async function startCluster(choice: ClusterChoice, data: string): Promise<LocalCluster> {
  switch (choice.kind) {
    case 'embedded': {
      const server = await startApiServer();
      return {
        kind: choice.kind,
        kubeconfig: server.kubeconfig,
        hasScheduler: true,
        kubelet: placeOf(server.kubeletAuthority),
        close: () => server.close(),
      };
    }
    case 'assets': {
      const folder = join(data, 'control-plane');
      await mkdir(folder);
      const plane = await startControlPlane(choice.folder, folder);
      return {
        ...{ ...plane, kind: choice.kind, kubelet: placeOf(plane.kubeletAuthority) },
        close: async () => {
          await plane.close();
          await rm(folder, { recursive: true, force: true });
        },
      };
    }
    case 'foreign':
      return joinCluster(choice.kubeconfig);
  }
}

async function joinCluster(file: string): Promise<LocalCluster> {
  const kubeconfig = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new Error(`The kubeconfig ${file} cannot be read: ${failureOf(error).message}`);
  });
  try {
    await askCluster(kubeconfig).demand('GET', '/version');
  } catch (error) {
    throw new Error(`The cluster of ${file} cannot be used: ${failureOf(error).message}`, { cause: error });
  }
  const kubelet = await findKubeletPlace(kubeconfig);
  return { kind: 'foreign', kubeconfig, file, hasScheduler: true, kubelet, close: () => Promise.resolve() };
}

function placeOf(authority: Authority): KubeletPlace {
  return { clientAuthorities: authority.certificate, authority };
}

/** Where an API server says whose certificates it takes, and shows itself: for servers that it is to be known to. */
const AUTHENTICATION = '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication';

/** An API server of another machine does not find our loopback addresses. */
async function findKubeletPlace(kubeconfig: string): Promise<KubeletPlace | undefined> {
  const { hostname } = new URL(parseKubeconfig(kubeconfig).endpoint.url);
  if (!/^(localhost|127(\.\d+){3})$/.test(hostname)) return undefined;
  const { status, body } = await askCluster(kubeconfig).ask('GET', AUTHENTICATION);
  const { data } = body as { readonly data?: Readonly<Record<string, string>> };
  const clientAuthorities = (status === 200 ? data?.['client-ca-file'] : undefined) ?? '';
  return { clientAuthorities, authority: createAuthority('lambdalet-local-kubelets') };
}
