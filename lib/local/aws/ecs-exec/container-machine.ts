import type { Clock } from '../../../ports/clock.ts';
import type { Machine } from '../../container-shell/machine.ts';
import type { Program } from '../../container-shell/program.ts';
import { PROGRAMS } from '../../container-shell/programs.ts';
import { filesOf } from '../ecs/container-files.ts';
import { addressOf } from '../ecs/describe-task.ts';
import type { Container, Task } from '../ecs/ecs-state.ts';

const DIRECTORIES = [
  '/',
  '/bin',
  '/dev',
  '/etc',
  '/home',
  '/opt',
  '/root',
  '/tmp',
  '/usr',
  '/var',
  '/var/log',
];
/** An image without a shell, as it is known by its name: distroless, scratch, `pause`. */
const WITHOUT_SHELL = /distroless|\/pause|scratch/;

/** A container of the emulator as what runs in it sees it: its files and volumes, its variables, and the programs of any image. */
export function machineOf(task: Task, container: Container, clock: Clock): Machine {
  const { definition } = container;
  const given = (definition?.environment ?? []).map(({ name, value }) => [name, value] as const);
  const directories = (container.directories ??= new Set(DIRECTORIES));
  for (const { containerPath } of definition?.mountPoints ?? [])
    if (containerPath !== undefined) directories.add(containerPath);
  return {
    files: filesOf(task, container),
    directories,
    environment: container.environment ?? new Map(given),
    hostname: `ip-${addressOf(task).replaceAll('.', '-')}.ec2.internal`,
    workingDirectory: definition?.workingDirectory ?? '/',
    clock,
    programs: WITHOUT_SHELL.test(container.image) ? new Map<string, Program>() : PROGRAMS,
  };
}
