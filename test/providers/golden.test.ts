import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Pod } from '../../lib/core/kubernetes.ts';
import { planPod } from '../../lib/providers/ecs-fargate/plan-pod.ts';
import { toRunTaskInput } from '../../lib/providers/ecs-fargate/to-run-task-input.ts';
import { aRecord, NODES, SETTINGS } from './fixtures.ts';

const folder = new URL('../golden/', import.meta.url).pathname;
const cases = globSync('*.pod.yaml', { cwd: folder }).map((file) => basename(file, '.pod.yaml'));
const update = process.env['UPDATE_GOLDEN'] === '1';

/** Everything that a pod becomes, by the ending of its golden file; `undefined`: no such file may exist. */
function render(pod: Pod): Readonly<Record<string, string | undefined>> {
  const node = NODES.find(({ name }) => name === pod.spec.nodeName)!;
  const plan = planPod(pod, node, SETTINGS);
  if (plan.kind === 'unsupported') {
    const refusal = plan.faults.map(({ path, note }) => `${path}\n    ${note}\n`).join('');
    return { 'task-definition.json': undefined, 'run-task.json': undefined, 'refusal.txt': refusal };
  }
  const { family, definition, overrides, warnings } = plan;
  const runTask = toRunTaskInput({
    ...{ pod, record: aRecord(pod, { node: node.name, attempt: 2 }), node, overrides },
    ...{ cluster: SETTINGS.cluster, ecsCluster: 'lambdalet-demo', taskDefinition: family },
  });
  return {
    'task-definition.json': toJson({ family, ...definition }),
    'run-task.json': toJson({ runTask, ...(warnings.length === 0 ? {} : { warnings }) }),
    'refusal.txt': undefined,
  };
}

const toJson = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

describe('what a pod becomes on ECS', () => {
  it('is shown by at least 25 cases', () => {
    expect(cases.length).toBeGreaterThanOrEqual(25);
  });

  it.each(cases)('%s', (name) => {
    const pod = parse(readFileSync(`${folder}${name}.pod.yaml`, 'utf8')) as Pod;
    for (const [ending, text] of Object.entries(render(pod))) {
      const file = `${folder}${name}.${ending}`;
      if (update && text === undefined) rmSync(file, { force: true });
      if (update && text !== undefined) writeFileSync(file, text);
      const golden = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
      expect(
        text,
        `${name}.${ending} differs; if that is meant: UPDATE_GOLDEN=1 vitest run test/providers`,
      ).toBe(golden);
    }
  });
});
