import { AwsError } from '../aws-model.ts';
import { parseInput } from '../parse-input.ts';
import { describeExecAgent } from './describe-task.ts';
import { executeCommandSchema } from './ecs-inputs.ts';
import { clusterName, ecsArn, invalidParameter, taskId } from './ecs-names.ts';
import type { Container, EcsWorld, Task } from './ecs-state.ts';

const NOT_ENABLED =
  'The execute command failed because execute command was not enabled when the task was run or the execute command agent isn’t running. Wait and try again or run a new task with execute command enabled and try again.';

/**
 * ExecuteCommand: a session for one command, opened by its token once. What is refused is refused in the words of ECS as far as they are
 * known from reports; what a task or a container that is not there is told is not among them.
 */
export function executeCommand(world: EcsWorld, request: unknown, streamUrl: string | undefined): unknown {
  const input = parseInput(executeCommandSchema, request);
  const cluster = clusterName(world, input.cluster);
  if (!input.interactive) throw invalidParameter('Interactive is the only mode supported currently.');
  if (input.command.trim() === '') throw invalidParameter('Command cannot be blank.');
  const id = taskId(input.task);
  if (![32, 36].includes(id.length)) throw invalidParameter('taskId length should be one of [32,36]');
  const task = world.tasks.get(id);
  if (task?.clusterArn.endsWith(`/${cluster}`) !== true)
    throw invalidParameter('The referenced task was not found.');
  const container = findContainer(task, input.container);
  if (!task.executeCommand) throw invalidParameter(NOT_ENABLED);
  if (container.now.lastStatus !== 'RUNNING')
    throw invalidParameter(`The container ${container.name} is not running.`);
  const agent = describeExecAgent(task, { ...container, reported: container.now });
  if (agent.lastStatus === 'STOPPED') throw invalidParameter(NOT_ENABLED);
  if (agent.lastStatus !== 'RUNNING' || streamUrl === undefined)
    throw new AwsError(
      'TargetNotConnectedException',
      'The execute command failed due to an internal error. Try again later.',
    );
  const session = openSession(world, { task, container, command: input.command });
  return {
    clusterArn: task.clusterArn,
    containerArn: ecsArn(world.place, `container/${cluster}/${task.id}/${container.index}`),
    containerName: container.name,
    interactive: true,
    session: {
      sessionId: session.id,
      streamUrl: `${streamUrl}/v1/data-channel/${session.id}?role=publish_subscribe`,
      tokenValue: session.token,
    },
    taskArn: task.arn,
  };
}

function findContainer(task: Task, name: string | undefined): Container {
  const [first] = task.containers;
  if (name === undefined && task.containers.length === 1 && first !== undefined) return first;
  if (name === undefined)
    throw invalidParameter('A container name must be specified for tasks with multiple containers.');
  const found = task.containers.find((container) => container.name === name);
  if (found === undefined) throw invalidParameter(`The container ${name} was not found in the task.`);
  return found;
}

function openSession(
  world: EcsWorld,
  what: { readonly task: Task; readonly container: Container; readonly command: string },
): { readonly id: string; readonly token: string } {
  const id = `ecs-execute-command-${world.ids().replaceAll('-', '').slice(0, 26)}`;
  const token = `${world.ids()}${world.ids()}`;
  world.execSessions.set(id, { id, token, ...what });
  return { id, token };
}
