/** Who signs: kube-controller-manager, as for any kubelet, or EKS, which signs those of kubelets for its own instances only. */
export type Signer = 'kubernetes.io/kubelet-serving' | 'beta.eks.amazonaws.com/app-serving';

/** What has become of a request. */
export type RequestState =
  /** Nobody has approved it yet, or it is about to be signed. */
  | { readonly kind: 'pending'; readonly isApproved: boolean }
  /** In PEM, with whatever the signer put after it. */
  | { readonly kind: 'issued'; readonly certificate: string }
  /** Somebody said no, or the signer would not. */
  | { readonly kind: 'refused'; readonly why: string }
  /** Kubernetes removes requests: pending ones after a day, others after an hour. */
  | { readonly kind: 'gone' };

/** Requests for the serving certificates of nodes (`certificates.k8s.io`). A throw (`FailureError`) means unknown. */
export interface CertificateRequests {
  /** Asks on behalf of the node; resolves to the name of the request. */
  ask(request: {
    readonly node: string;
    readonly signer: Signer;
    /** PKCS #10 in PEM. */
    readonly csr: string;
  }): Promise<string>;
  look(name: string, node: string): Promise<RequestState>;
  /** Approves it as the identity itself. `forbidden`: it has no right to. */
  approve(name: string): Promise<'approved' | 'forbidden' | 'gone'>;
}
