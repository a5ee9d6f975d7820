import type { CertificateRequests, RequestState } from '../../ports/certificate-requests.ts';
import type { Apis } from './act-as-node.ts';
import type { Api } from './call-api.ts';

const REQUESTS = '/apis/certificates.k8s.io/v1/certificatesigningrequests';

interface Condition {
  readonly type: string;
  readonly reason?: string;
  readonly message?: string;
}

/** A CertificateSigningRequest, as far as it is read. */
interface SigningRequest {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly certificate?: string; readonly conditions?: readonly Condition[] };
}

/** {@link CertificateRequests} of a cluster. The request is the node's own, where nodes are impersonated: NodeRestriction wants it so. */
export function createCertificateRequests({
  own,
  asNode,
}: Pick<Apis, 'own' | 'asNode'>): CertificateRequests {
  return {
    ask: async ({ node, signer, csr }) => {
      const { body } = await asNode(node).call({
        method: 'POST',
        path: REQUESTS,
        body: {
          apiVersion: 'certificates.k8s.io/v1',
          kind: 'CertificateSigningRequest',
          metadata: { generateName: `lambdalet-${node}-` },
          spec: {
            signerName: signer,
            request: Buffer.from(csr).toString('base64'),
            // All that a key of ECDSA is good for, and all that the signers take.
            usages: ['digital signature', 'server auth'],
          },
        },
      });
      return (body as SigningRequest).metadata.name;
    },
    look: async (name, node) => {
      const request = await get(asNode(node), name);
      return request === undefined ? { kind: 'gone' } : stateOf(request);
    },
    approve: async (name) => {
      const request = await get(own, name);
      if (request === undefined) return 'gone';
      const condition = {
        type: 'Approved',
        status: 'True',
        reason: 'GatewayApproves',
        message: 'The gateway of lambdalet approves the certificates that it serves its own nodes with.',
      };
      const conditions = [...(request.status?.conditions ?? []), condition];
      const { status } = await own.call({
        method: 'PUT',
        path: `${REQUESTS}/${name}/approval`,
        body: { ...request, status: { ...request.status, conditions } },
        expects: [403, 404],
      });
      if (status === 404) return 'gone';
      return status === 403 ? 'forbidden' : 'approved';
    },
  };
}

async function get(api: Api, name: string): Promise<SigningRequest | undefined> {
  const { status, body } = await api.call({ method: 'GET', path: `${REQUESTS}/${name}`, expects: [404] });
  return status === 404 ? undefined : (body as SigningRequest);
}

function stateOf({ status }: SigningRequest): RequestState {
  const find = (type: string): Condition | undefined =>
    status?.conditions?.find((condition) => condition.type === type);
  const refused = find('Denied') ?? find('Failed');
  if (refused !== undefined)
    return {
      kind: 'refused',
      why: [refused.type, refused.reason, refused.message].filter(Boolean).join(': '),
    };
  if (status?.certificate !== undefined && status.certificate !== '')
    return { kind: 'issued', certificate: Buffer.from(status.certificate, 'base64').toString() };
  return { kind: 'pending', isApproved: find('Approved') !== undefined };
}
