import { ApiFailure } from '../objects/api-failure.ts';
import type { ApiRequest } from './api-request.ts';

/** How the client wants objects: whole, as rows for `kubectl get`, or only their metadata. */
export type Representation = 'object' | 'table' | 'metadata';

/** The first representation of the Accept header that can be served; 406 when there is none. */
export function chooseRepresentation(request: ApiRequest): Representation {
  const accept = request.headers?.['accept'] ?? '*/*';
  for (const option of accept.split(',')) {
    const [type = '', ...pairs] = option.split(';').map((part) => part.trim());
    if (!['application/json', 'application/*', '*/*', ''].includes(type)) continue;
    const parameters = new Map(pairs.map((pair) => pair.split('=') as [string, string]));
    const as = parameters.get('as');
    if (as === undefined) return 'object';
    if (parameters.get('v') !== 'v1' || parameters.get('g') !== 'meta.k8s.io') continue;
    if (as === 'Table') return 'table';
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return 'metadata';
  }
  const message = '406: Not Acceptable\n\nAvailable representations: application/json';
  throw new ApiFailure(406, 'NotAcceptable', message, {});
}
