import type { Access } from '../../adapters/kubernetes/identity.ts';
import { signEksToken } from '../../adapters/kubernetes/eks-identity.ts';
import { parseKubeconfig } from '../../adapters/kubernetes/parse-kubeconfig.ts';
import { parseTokenSecret } from '../../adapters/kubernetes/parse-token-secret.ts';
import type { Instant } from '../../core/kubernetes.ts';
import type { ClusterIdentity } from '../../settings.ts';
import type { AwsSession } from '../aws/ask-aws.ts';
import { lookAt, lookFurther, type Fact } from '../fact.ts';
import { askKubernetes, type Kubernetes } from './ask-kubernetes.ts';
import { readUserKubeconfig } from './read-user-kubeconfig.ts';

/** What a way into the cluster may be made of. */
export interface WaysIn {
  readonly identity: ClusterIdentity;
  /** A kubeconfig of whoever asks, which goes first: it usually may see more. */
  readonly kubeconfig: { readonly file: string; readonly context: string | undefined } | undefined;
  /** The text of the secret. */
  readonly secret: Fact<string>;
  readonly session: Fact<AwsSession>;
  readonly now: Instant;
}

/**
 * The API server by the best way that there is from here: the user's kubeconfig, else the credential of the functions, else (EKS) a token
 * of the user's own AWS identity, as `aws eks get-token` makes one. Sends nothing yet.
 */
export async function openKubernetes({ identity, kubeconfig, ...ways }: WaysIn): Promise<Fact<Kubernetes>> {
  if (kubeconfig !== undefined)
    return lookAt(async () =>
      askKubernetes(await readUserKubeconfig(kubeconfig.file, kubeconfig.context), {
        ...{ asker: 'user', source: kubeconfig.file, impersonates: false },
      }),
    );
  const impersonates = identity.impersonateNodes === true;
  const asFunctions = (access: Access): Kubernetes =>
    askKubernetes(access, { asker: 'functions', source: 'the credential of the secret', impersonates });
  switch (identity.kind) {
    case 'kubeconfig':
      return lookFurther(ways.secret, (text) => Promise.resolve(asFunctions(parseKubeconfig(text))));
    case 'token':
      return lookFurther(ways.secret, (text) => Promise.resolve(asFunctions(parseTokenSecret(text).access)));
    case 'eks':
      return lookFurther(ways.session, async ({ region, credentials }) => {
        const token = await signEksToken(
          { clusterName: identity.clusterName, region, credentials },
          ways.now,
        );
        const ca = Buffer.from(identity.certificateAuthority, 'base64').toString('utf8');
        const endpoint = { url: identity.endpoint, ca };
        return askKubernetes(
          { endpoint, headers: { authorization: `Bearer ${token}` } },
          { asker: 'user', source: 'your AWS identity', impersonates: false },
        );
      });
  }
}
