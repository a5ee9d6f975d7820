import type { Fact } from '../fact.ts';
import { doubt, fault, judgeKnown, verdict, warning, type Finding, type Problem } from '../finding.ts';
import { describeRight, type Right } from '../kubernetes/rights-of-bootstrap.ts';
import type { Access, AppliedObject, ClusterFacts, SubjectRights } from '../probes/probe-cluster.ts';
import { bootstrapCommand, type Subject } from '../subject.ts';
import { read, textOf, type JsonLike } from '../../local/explain/read-path.ts';

/** The minor versions of Kubernetes 1 that are supported: docs/support.md says what decides. */
const MINORS = { least: 30, most: 36 } as const;

/** Whether the API server is reached and trusted, is of a version that is known, and gives the functions their rights. */
export function judgeCluster(subject: Subject, facts: ClusterFacts): readonly Finding[] {
  return [
    ...judgeKnown('cluster-access', facts.access, (access) => judgeAccess(subject, access)),
    ...judgeVersion(facts.access),
    ...judgeKnown('cluster-rights', facts.rights, (rights) => judgeRights(subject, rights)),
    ...judgeKnown('bootstrap-version', facts.applied, (objects) => judgeApplied(subject, objects)),
  ];
}

function judgeAccess({ settings }: Subject, access: Access): readonly Finding[] {
  const { source } = access;
  if (access.kind === 'reached')
    return verdict('cluster-access', [], `reached over TLS as ${access.username}, with ${source}`);
  const { failure } = access;
  const said = `${failure.message}, with ${source}`;
  const isOwn = source.includes('secret');
  if (failure.code === '401')
    return verdict(
      'cluster-access',
      [
        isOwn
          ? fault(
              said,
              'put a valid credential into the secret (docs/identity.md, "Rotation by hand, and a secret that is lost")',
            )
          : doubt(said, 'kubectl auth whoami'),
      ],
      '',
    );
  if (failure.kind === 'auth')
    return verdict(
      'cluster-access',
      [fault(said, 'correct the CA: it is that of another cluster, or none')],
      '',
    );
  const place = settings.functionsVpc === undefined ? '' : ', where the functions may reach it all the same';
  return verdict(
    'cluster-access',
    [
      doubt(
        `${said}: it is not reached from here${place}`,
        'run this where the network of the cluster is reached',
      ),
    ],
    '',
  );
}

function judgeVersion(access: Fact<Access>): readonly Finding[] {
  return judgeKnown('cluster-version', access, (seen) => {
    if (seen.kind === 'failed') return verdict('cluster-version', [doubt(seen.failure.message)], '');
    const { version } = seen;
    const minor = Number(/^v?1\.(\d+)/.exec(version)?.[1] ?? NaN);
    const range = `1.${MINORS.least} to 1.${MINORS.most}`;
    if (Number.isNaN(minor))
      return verdict('cluster-version', [doubt(`${version}: it is no version of Kubernetes`)], '');
    const problems = [
      ...(minor < MINORS.least ? [fault(`${version}: allowed is ${range}`, 'upgrade the cluster')] : []),
      ...(minor > MINORS.most
        ? [
            warning(
              `${version} is newer than what this version supports (${range})`,
              'npm install lambdalet@latest',
            ),
          ]
        : []),
    ];
    return verdict('cluster-version', problems, `${version} (supported: ${range})`);
  });
}

function judgeRights(subject: Subject, rights: readonly SubjectRights[]): readonly Finding[] {
  const problems = rights.flatMap((one): readonly Problem[] => {
    const missing = one.rights.filter(({ isAllowed }) => !isAllowed).map(({ right }) => right);
    if (missing.length === 0) return [];
    const isNode = one.subject.startsWith('system:node:');
    return [
      fault(
        `${one.subject} may not ${inWords(missing)}`,
        isNode
          ? 'the API server needs the Node authorizer (--authorization-mode=Node,RBAC); without it set impersonateNodes: false'
          : bootstrapCommand(subject),
      ),
    ];
  });
  const count = rights.reduce((sum, one) => sum + one.rights.length, 0);
  const whose = rights.map((one) => one.subject).join(', ');
  return verdict('cluster-rights', problems, `${whose}: all ${count} that the bootstrap gives`);
}

const SHOWN = 6;

function inWords(rights: readonly Right[]): string {
  const shown = rights.slice(0, SHOWN).map(describeRight).join(', ');
  return rights.length > SHOWN ? `${shown} and ${rights.length - SHOWN} more` : shown;
}

/** Whether what is applied is what this version renders: rights may have come, and some may have gone. */
function judgeApplied(subject: Subject, objects: readonly AppliedObject[]): readonly Finding[] {
  const absent = objects.filter(({ applied }) => applied === undefined);
  const stale = objects.filter(({ rendered, applied }) => applied !== undefined && !holds(rendered, applied));
  const names = (some: readonly AppliedObject[]): string =>
    some.map(({ rendered }) => nameOf(rendered)).join(', ');
  const fix = bootstrapCommand(subject);
  const problems = [
    ...(absent.length > 0 ? [fault(`${names(absent)}: not applied`, fix)] : []),
    ...(stale.length > 0
      ? [warning(`${names(stale)}: other than what this version renders for the deployment file`, fix)]
      : []),
  ];
  return verdict('bootstrap-version', problems, `${objects.length} objects are as this version renders them`);
}

function nameOf(object: JsonLike): string {
  return `${textOf(object['kind'], '')} ${textOf(read(object, ['metadata', 'name']), '')}`;
}

/** Whether an object has what was rendered; an API server adds defaults, and others may have added labels. */
function holds(rendered: unknown, applied: unknown): boolean {
  if (Array.isArray(rendered))
    return (
      Array.isArray(applied) &&
      applied.length === rendered.length &&
      rendered.every((one, index) => holds(one, applied[index]))
    );
  if (typeof rendered !== 'object' || rendered === null) return rendered === applied;
  return Object.entries(rendered).every(([key, value]) => holds(value, read(applied, [key])));
}
