import { describe, expect, it } from 'vitest';
import { judgeExec } from '../../../lib/local/explain/judge-exec.ts';
import { aContainer, aPod } from '../../providers/fixtures.ts';

const NODE = { execRole: 'arn:aws:iam::111122223333:role/exec' };
const POD = aPod({
  containers: [aContainer(), aContainer({ name: 'safe', securityContext: { readOnlyRootFilesystem: true } })],
});

describe('what keeps commands out of a pod', () => {
  it('is a read-only root file system, and perhaps a role of its own', () => {
    expect(judgeExec(POD, NODE, 'arn:aws:iam::111122223333:role/shop').map(({ path }) => path)).toEqual([
      'spec.containers[1].securityContext.readOnlyRootFilesystem',
      'spec.serviceAccountName',
    ]);
  });

  it('is nothing where nobody may run any, or where nothing is in the way', () => {
    expect(judgeExec(POD, {}, 'arn:aws:iam::111122223333:role/shop')).toEqual([]);
    expect(judgeExec(aPod(), NODE, undefined)).toEqual([]);
  });
});
