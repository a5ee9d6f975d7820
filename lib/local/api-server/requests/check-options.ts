import { invalid, unsupported } from '../objects/api-failure.ts';
import type { Cause } from '../objects/api-failure.ts';
import { queryOf } from './api-request.ts';
import type { ApiRequest } from './api-request.ts';

const OPTIONS_KINDS: Readonly<Record<string, string>> = {
  POST: 'CreateOptions',
  PUT: 'UpdateOptions',
  PATCH: 'PatchOptions',
};

/** 422 for options of a write that have values which do not exist. */
export function checkWriteOptions(request: ApiRequest): void {
  const kind = OPTIONS_KINDS[request.method];
  if (kind === undefined) return;
  const [dryRun, validation] = [queryOf(request, 'dryRun'), queryOf(request, 'fieldValidation')];
  const causes: Cause[] = [];
  if (dryRun !== '' && dryRun !== 'All') {
    causes.push({
      ...unsupported('dryRun', dryRun, ['All']),
      message: `Unsupported value: [${JSON.stringify(dryRun)}]: supported values: "All"`,
    });
  }
  const known = ['', 'Ignore', 'Strict', 'Warn'];
  if (!known.includes(validation)) causes.push(unsupported('fieldValidation', validation, known));
  if (causes.length > 0) throw invalid({ kind, group: 'meta.k8s.io' }, '', causes);
}
