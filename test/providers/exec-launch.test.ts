import { describe, expect, it } from 'vitest';
import type { Pod } from '../../lib/core/kubernetes.ts';
import { planPod } from '../../lib/providers/ecs-fargate/plan/plan-pod.ts';
import { toRunTaskInput } from '../../lib/providers/ecs-fargate/plan/to-run-task-input.ts';
import { aContainer, aPod, aRecord, ON_DEMAND, PLACED, SETTINGS } from './fixtures.ts';

const EXEC_ROLE = 'arn:aws:iam::111122223333:role/exec';
const EXEC_NODE = { ...ON_DEMAND, execRole: EXEC_ROLE };

function launchOf(pod: Pod, node = EXEC_NODE) {
  const plan = planPod(pod, node, SETTINGS, undefined);
  if (plan.kind !== 'plan') throw new Error(JSON.stringify(plan));
  const settings = { ...SETTINGS, ecsCluster: 'ecs' };
  const record = aRecord(pod);
  const input = toRunTaskInput({
    ...{ pod, record, node, settings, plan },
    ...{ ecsCluster: 'ecs', taskDefinition: 'definition' },
  });
  return { definition: plan.definition, input };
}

describe('a launch on a node where commands may be run in pods', () => {
  it('asks for it, with a role in the definition and an init process in every container', () => {
    const { definition, input } = launchOf(
      aPod({ containers: [aContainer(), aContainer({ name: 'side' })] }),
    );
    expect(input.enableExecuteCommand).toBe(true);
    expect(definition.taskRoleArn).toBe(EXEC_ROLE);
    expect(
      definition.containerDefinitions?.filter(({ name }) => name === 'main' || name === 'side'),
    ).toMatchObject([
      { linuxParameters: { initProcessEnabled: true } },
      { linuxParameters: { initProcessEnabled: true } },
    ]);
  });

  it('keeps the role that the pod has of its own', () => {
    const { input } = launchOf(aPod(), { ...PLACED, execRole: EXEC_ROLE });
    expect(input.overrides?.taskRoleArn).toBe(PLACED.defaultTaskRole);
    expect(input.enableExecuteCommand).toBe(true);
  });

  it('adds no init process to a task whose containers share one process namespace', () => {
    const { definition } = launchOf(aPod({ shareProcessNamespace: true }));
    expect(definition.pidMode).toBe('task');
    expect(JSON.stringify(definition)).not.toContain('initProcessEnabled');
  });

  it('leaves every other node as it was', () => {
    const { definition, input } = launchOf(aPod(), ON_DEMAND as typeof EXEC_NODE);
    expect(input).not.toHaveProperty('enableExecuteCommand');
    expect(definition).not.toHaveProperty('taskRoleArn');
    expect(JSON.stringify(definition)).not.toContain('initProcessEnabled');
  });
});
