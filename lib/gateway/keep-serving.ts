import type { Signer } from '../ports/certificate-requests.ts';
import type { ClusterIdentity } from '../settings.ts';
import type { ServingCertificates } from './open-gateway.ts';
import { keepCertificate, provisionalCertificate, type CertificateDeps } from './serving-certificate.ts';

/** Certificates of the cluster for each node; one of the own making until the first is issued, so that nothing waits for it. */
export function keepServing(
  deps: CertificateDeps,
  { signer, approves }: { readonly signer: Signer; readonly approves: boolean },
): ServingCertificates {
  return {
    keep: (node, address, show, signal) => {
      show(provisionalCertificate({ node, address }, deps.clock.now()));
      void keepCertificate(deps, { node, address, signer, approves }, show, signal);
      return Promise.resolve();
    },
  };
}

/** EKS signs the certificates of kubelets only for instances that it knows; it has a signer for everybody else. */
export function signerOf({ kind }: Pick<ClusterIdentity, 'kind'>): Signer {
  return kind === 'eks' ? 'beta.eks.amazonaws.com/app-serving' : 'kubernetes.io/kubelet-serving';
}
