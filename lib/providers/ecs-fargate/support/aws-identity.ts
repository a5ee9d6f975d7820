import type { Container, Pod } from '../../../core/kubernetes.ts';
import { allContainers } from '../../../core/pod-needs.ts';
import type { FieldFault } from '../../../ports/provider.ts';

/** What a webhook of EKS adds to a pod so that its programs find the role of their service account. */
interface Injection {
  /** The variable that says so, and what it holds. */
  readonly mark: string;
  readonly value: RegExp;
  readonly variables: readonly string[];
  readonly volume: string;
}

/** IAM roles for service accounts: a token that AWS takes for the role (amazon-eks-pod-identity-webhook). */
const WEB_IDENTITY: Injection = {
  mark: 'AWS_WEB_IDENTITY_TOKEN_FILE',
  value: /./,
  variables: ['AWS_ROLE_ARN', 'AWS_WEB_IDENTITY_TOKEN_FILE'],
  volume: 'aws-iam-token',
};
/** EKS Pod Identity: an agent on each node of EKS, at an address that leads nowhere from a task. */
const POD_IDENTITY: Injection = {
  mark: 'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  value: /^http:\/\/(169\.254\.170\.23|\[fd00:ec2::23\])[:/]/,
  variables: ['AWS_CONTAINER_CREDENTIALS_FULL_URI', 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'],
  volume: 'eks-pod-identity-token',
};

/** The one role that the webhook of EKS lets the pod take by a token; `undefined` when it names none, or several. */
export function webIdentityRole({ spec }: Pod): string | undefined {
  const roles = allContainers(spec)
    .filter((container) => isMarked(container, WEB_IDENTITY))
    .map(({ env = [] }) => env.find(({ name }) => name === 'AWS_ROLE_ARN')?.value);
  return new Set(roles).size === 1 ? roles[0] : undefined;
}

/** Whether some container takes a role by a token, whoever says so. */
export function hasWebIdentity({ spec }: Pod): boolean {
  return allContainers(spec).some((container) => isMarked(container, WEB_IDENTITY));
}

/**
 * The pod without what would keep its programs from the role of the task: SDKs ask a web identity first, and the agent of Pod
 * Identity is nowhere near. `hasRole`: the task has the role that the web identity is for. Decided by the pod and its node alone, because
 * replicas share the definition.
 */
export function withoutIdentity(pod: Pod, hasRole: boolean): Pod {
  const injections = [...(hasRole ? [WEB_IDENTITY] : []), POD_IDENTITY].filter((injection) =>
    allContainers(pod.spec).some((container) => isMarked(container, injection)),
  );
  if (injections.length === 0) return pod;
  const strip = (container: Container): Container => injections.reduce(stripContainer, container);
  const { containers, initContainers } = pod.spec;
  return {
    ...pod,
    spec: {
      ...pod.spec,
      containers: containers.map(strip),
      ...(initContainers === undefined ? {} : { initContainers: initContainers.map(strip) }),
    },
  };
}

/** What the programs of a pod must know of the credentials that the webhooks of EKS promise them: one warning for each way. */
export function identityWarnings(
  pod: Pod,
  given: { readonly hasRole: boolean; readonly missing: string },
): readonly FieldFault[] {
  const web = given.hasRole ? [] : warningAt(pod, WEB_IDENTITY, webNote(given.missing));
  return [...web, ...warningAt(pod, POD_IDENTITY, POD_NOTE)];
}

const POD_NOTE =
  'The agent of EKS Pod Identity cannot be reached from a task, so its variables and its token are left out: the programs get the role of the task. Name it in `taskRoles` of the node for this service account, if it is not there yet.';

function webNote(missing: string): string {
  return `The programs take their role by a token that is good for a day at most and that nothing renews in a task: longer ones lose their rights. ${missing}`;
}

function warningAt({ spec }: Pod, injection: Injection, note: string): readonly FieldFault[] {
  for (const list of ['containers', 'initContainers'] as const)
    for (const [at, container] of (spec[list] ?? []).entries()) {
      const index = (container.env ?? []).findIndex((variable) => isMark(variable, injection));
      if (index >= 0) return [{ path: `spec.${list}[${at}].env[${index}]`, note }];
    }
  return [];
}

type Variable = NonNullable<Container['env']>[number];

function isMark({ name, value = '' }: Variable, injection: Injection): boolean {
  return name === injection.mark && injection.value.test(value);
}

function isMarked({ env = [] }: Container, injection: Injection): boolean {
  return env.some((variable) => isMark(variable, injection));
}

/** What comes after keeps its place in the lists as a rule: webhooks append. */
function stripContainer(container: Container, injection: Injection): Container {
  const { env, volumeMounts } = container;
  return {
    ...container,
    ...(env && isMarked(container, injection)
      ? { env: env.filter(({ name }) => !injection.variables.includes(name)) }
      : {}),
    ...(volumeMounts && { volumeMounts: volumeMounts.filter(({ name }) => name !== injection.volume) }),
  };
}
