import { listAt, read } from '../../local/explain/read-path.ts';
import { doubt, fault, skipped, verdict, type Finding, type Problem } from '../finding.ts';
import type { RoleFacts } from '../probes/probe-roles.ts';
import type { Subject } from '../subject.ts';

const TASKS = 'ecs-tasks.amazonaws.com';
const STATEMENT = `{"Effect":"Allow","Principal":{"Service":"${TASKS}"},"Action":"sts:AssumeRole"}`;

/** The roles that tasks may get by the settings of the nodes. */
export function rolesIn({ settings }: Pick<Subject, 'settings'>): readonly string[] {
  const named = settings.nodes.flatMap(({ taskRoles = {}, defaultTaskRole, allow = [] }) => [
    ...Object.values(taskRoles),
    ...(defaultTaskRole === undefined ? [] : [defaultTaskRole]),
    ...allow.flatMap((rule) => [...(rule.taskRoles ?? []), ...(rule.executionRoles ?? [])]),
  ]);
  return [...new Set(named)];
}

/** Whether each role is there and lets ECS take it for a task. */
export function judgeRoles(roles: RoleFacts): readonly Finding[] {
  if (roles.size === 0) return skipped('roles', 'the nodes name no roles for pods');
  const problems = [...roles].flatMap(([arn, trust]): readonly Problem[] => {
    if (trust.kind === 'unknown') return [];
    if (trust.value === undefined)
      return [
        fault(`${arn} is not there: pods that get it fail to start`, 'correct its ARN: aws iam list-roles'),
      ];
    if (trusts(trust.value, TASKS)) return [];
    return [
      fault(
        `${arn} does not trust ${TASKS}: pods that get it fail to start`,
        `add to its trust policy (docs/operations.md, "Roles"): ${STATEMENT}`,
      ),
    ];
  });
  const whys = [...roles.values()].flatMap((trust) => (trust.kind === 'unknown' ? [trust.why] : []));
  const doubts = [...new Set(whys)].map((why) => doubt(why));
  return verdict('roles', [...problems, ...doubts], `all ${roles.size} trust ${TASKS}`);
}

/**
 * Whether a trust policy lets a service assume the role. Conditions are not evaluated: those that belong there (`aws:SourceAccount`)
 * hold for every task of the account.
 */
function trusts(policy: string, service: string): boolean {
  const parsed = parse(policy);
  const single = read(parsed, ['Statement']);
  const statements = Array.isArray(single) ? listAt(parsed, ['Statement']) : [single];
  return statements.some(
    (statement) =>
      read(statement, ['Effect']) === 'Allow' &&
      texts(read(statement, ['Action'])).some((action) => /^(sts:AssumeRole|sts:\*|\*)$/i.test(action)) &&
      texts(read(statement, ['Principal', 'Service'])).includes(service),
  );
}

function parse(policy: string): unknown {
  try {
    return JSON.parse(policy);
  } catch {
    return undefined;
  }
}

function texts(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).filter((one): one is string => typeof one === 'string');
}
