import type { KindRow } from '../kinds/kind-row.ts';
import { apiVersionOf } from '../kinds/kind-row.ts';
import { badRequest } from '../objects/api-failure.ts';
import { toApiObject, withMetadata } from '../objects/api-object.ts';
import type { ApiObject } from '../objects/api-object.ts';
import type { JsonObject } from '../objects/json.ts';
import { decodeObject } from '../schema/decode-object.ts';
import { bodyOf, queryOf } from './api-request.ts';
import type { ApiRequest } from './api-request.ts';

/** An object out of a request, in its stored form. */
export interface DecodedBody {
  readonly object: ApiObject;
  readonly warnings: readonly string[];
}

/** The object in the body of a POST or PUT. */
export function decodeBody(row: KindRow, request: ApiRequest): DecodedBody {
  const body = bodyOf(request, row.kind);
  if (body === undefined)
    throw badRequest(
      `the object provided is unrecognized (must be of type ${row.kind}): couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)`,
    );
  return decodeFor(row, request, body);
}

/**
 * Checks kind and version, drops what the kind does not know (400 under `fieldValidation=Strict`, else a warning) and what the
 * server itself keeps (managedFields are not kept at all).
 */
export function decodeFor(row: KindRow, request: ApiRequest, body: JsonObject): DecodedBody {
  checkKind(row, body);
  const decoded = decodeObject(body, row);
  const validation = queryOf(request, 'fieldValidation');
  if (validation === 'Strict' && decoded.warnings.length > 0) {
    throw badRequest(
      `${row.kind} in version "${row.version}" cannot be handled as a ${row.kind}: strict decoding error: ${decoded.warnings.join(', ')}`,
    );
  }
  const { kind: _kind, apiVersion: _version, ...rest } = decoded.object;
  const object = withMetadata(toApiObject(rest), { managedFields: undefined, selfLink: undefined });
  return {
    object: row.toStorage === undefined ? object : row.toStorage(object),
    warnings: validation === 'Ignore' ? [] : decoded.warnings,
  };
}

function checkKind(row: KindRow, body: JsonObject): void {
  const { kind, apiVersion } = body;
  if (
    (kind !== undefined && kind !== row.kind) ||
    (apiVersion !== undefined && apiVersion !== apiVersionOf(row))
  ) {
    const found = typeof kind === 'string' ? kind : row.kind;
    throw badRequest(
      `${found} in version ${JSON.stringify(apiVersion ?? '')} cannot be handled as a ${row.kind}: the request is for ${apiVersionOf(row)}, Kind=${row.kind}`,
    );
  }
}
