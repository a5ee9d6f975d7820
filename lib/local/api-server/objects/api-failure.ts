import type { JsonObject } from './json.ts';

/** One invalid field in a `Status`: the reasons and texts that kubectl users know. */
export interface Cause {
  readonly reason:
    | 'FieldValueRequired'
    | 'FieldValueInvalid'
    | 'FieldValueForbidden'
    | 'FieldValueNotSupported'
    | 'FieldValueDuplicate'
    | 'FieldValueNotFound'
    | 'FieldValueTooLong';
  readonly message: string;
  readonly field: string;
}

/** How a resource is named in messages: `pods`, `leases.coordination.k8s.io`. */
export interface ResourceName {
  readonly group: string;
  readonly resource: string;
}

/** A refused request: the `Status` object that the client gets, with its HTTP code. */
export class ApiFailure extends Error {
  readonly code: number;
  readonly status: JsonObject;

  constructor(code: number, reason: string, message: string, details?: JsonObject) {
    super(message);
    this.name = 'ApiFailure';
    this.code = code;
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      ...(reason === '' ? {} : { reason }),
      ...(details === undefined ? {} : { details }),
      code,
    };
  }
}

const qualified = (of: ResourceName): string =>
  of.group === '' ? of.resource : `${of.resource}.${of.group}`;

function detailsOf(of: ResourceName, name: string): JsonObject {
  return { name, ...(of.group === '' ? {} : { group: of.group }), kind: of.resource };
}

/** 404 for an object that is not there. */
export function notFound(of: ResourceName, name: string): ApiFailure {
  return new ApiFailure(404, 'NotFound', `${qualified(of)} "${name}" not found`, detailsOf(of, name));
}

/** 409 for a name that is taken. */
export function alreadyExists(of: ResourceName, name: string): ApiFailure {
  return new ApiFailure(
    409,
    'AlreadyExists',
    `${qualified(of)} "${name}" already exists`,
    detailsOf(of, name),
  );
}

/** 409 with the text after "Operation cannot be fulfilled on ...". */
export function conflict(of: ResourceName, name: string, why: string): ApiFailure {
  const message = `Operation cannot be fulfilled on ${qualified(of)} "${name}": ${why}`;
  return new ApiFailure(409, 'Conflict', message, detailsOf(of, name));
}

/** 409 for a resourceVersion that is not the newest. */
export function modified(of: ResourceName, name: string): ApiFailure {
  return conflict(
    of,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  );
}

/** 403 with a reason of admission. */
export function forbidden(of: ResourceName, name: string, why: string): ApiFailure {
  const message = `${qualified(of)} "${name}" is forbidden: ${why}`;
  return new ApiFailure(403, 'Forbidden', message, detailsOf(of, name));
}

/** 400. */
export function badRequest(message: string): ApiFailure {
  return new ApiFailure(400, 'BadRequest', message);
}

/** 422 with every invalid field at once. `resource` is the Kind (`Pod`), or `kind.group` outside the core group. */
export function invalid(
  kind: { readonly kind: string; readonly group: string },
  name: string,
  causes: readonly Cause[],
): ApiFailure {
  const lines = causes.map((cause) => `${cause.field}: ${cause.message}`);
  const what = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
  const text = lines.length === 1 ? (lines[0] ?? '') : `[${lines.join(', ')}]`;
  const message = `${what} "${name}" is invalid: ${text}`;
  return new ApiFailure(422, 'Invalid', message, {
    ...(name === '' ? {} : { name }),
    ...(kind.group === '' ? {} : { group: kind.group }),
    ...(kind.kind === '' ? {} : { kind: kind.kind }),
    causes: causes.map((cause) => ({ ...cause })),
  });
}

/** 404 for a path of the API that no resource answers. */
export function noSuchResource(): ApiFailure {
  return new ApiFailure(404, 'NotFound', 'the server could not find the requested resource', {});
}

/** 405. */
export function methodNotAllowed(): ApiFailure {
  const message = 'the server does not allow this method on the requested resource';
  return new ApiFailure(405, 'MethodNotAllowed', message, {});
}

export function required(field: string, message?: string): Cause {
  return {
    reason: 'FieldValueRequired',
    message: message === undefined ? 'Required value' : `Required value: ${message}`,
    field,
  };
}

export function invalidValue(field: string, value: string | number | boolean, message: string): Cause {
  return {
    reason: 'FieldValueInvalid',
    message: `Invalid value: ${JSON.stringify(value)}: ${message}`,
    field,
  };
}

export function forbiddenField(field: string, message: string): Cause {
  return { reason: 'FieldValueForbidden', message: `Forbidden: ${message}`, field };
}

export function unsupported(field: string, value: string, supported: readonly string[]): Cause {
  const list = supported.map((one) => JSON.stringify(one)).join(', ');
  return {
    reason: 'FieldValueNotSupported',
    message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${list}`,
    field,
  };
}

export function duplicate(field: string, value: string): Cause {
  return { reason: 'FieldValueDuplicate', message: `Duplicate value: ${JSON.stringify(value)}`, field };
}

export function notFoundField(field: string, value: string): Cause {
  return { reason: 'FieldValueNotFound', message: `Not found: ${JSON.stringify(value)}`, field };
}

/** `limit` counts bytes. */
export function tooLong(field: string, limit: number): Cause {
  return { reason: 'FieldValueTooLong', message: `Too long: may not be more than ${limit} bytes`, field };
}
