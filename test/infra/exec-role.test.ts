import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { NODE } from './deployment-text.ts';
import { synthesize } from './synthesize.ts';

/** All templates of a deployment with these nodes. */
function textOf(nodes: readonly object[]): string {
  const templates = Object.values(synthesize({ nodes })).filter((part) => part instanceof Template);
  expect(templates.length).toBeGreaterThan(0);
  return JSON.stringify(templates.map((template) => template.toJSON()));
}

const ACTIONS = ['CreateControlChannel', 'CreateDataChannel', 'OpenControlChannel', 'OpenDataChannel'];

describe('the role of pods in which commands may be run', () => {
  it('is made with four actions, and pod-sync may pass it', () => {
    const templates = textOf([{ ...NODE, exec: true }]);
    for (const action of ACTIONS) expect(templates).toContain(`ssmmessages:${action}`);
    expect(templates.match(/ExecRole/g)?.length).toBeGreaterThan(1);
  });

  it('is not made where no node asks for it', () => {
    expect(textOf([NODE])).not.toContain('ssmmessages');
  });
});
