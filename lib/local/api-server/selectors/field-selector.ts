import { badRequest } from '../objects/api-failure.ts';
import type { Matcher } from './label-selector.ts';

/**
 * The `fieldSelector` of a query: `=`, `==` and `!=`, joined by commas. Only `supported` fields may be named; anything else
 * is 400, as the API server has an explicit list for each kind.
 */
export function parseFieldSelector(text: string, supported: readonly string[]): Matcher {
  const terms = text
    .split(',')
    .filter((term) => term !== '')
    .map((term) => {
      const match = /^([^=!]+)(==|!=|=)(.*)$/.exec(term);
      if (match === null) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
      const [, field = '', sign = '', value = ''] = match;
      if (!supported.includes(field)) throw badRequest(refusalOf(field, supported));
      return { field, equal: sign !== '!=', value };
    });
  return (fields) => terms.every(({ field, equal, value }) => ((fields[field] ?? '') === value) === equal);
}

function refusalOf(field: string, supported: readonly string[]): string {
  if (supported.length > 2) return `field label not supported: ${field}`;
  const known = supported.map((one) => JSON.stringify(one)).join(', ');
  return `${JSON.stringify(field)} is not a known field selector: only ${known}`;
}
