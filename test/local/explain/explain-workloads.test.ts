import { describe, expect, it } from 'vitest';
import { explainText } from './explain-here.ts';

/** A workload of a kind, whose pods have this spec. */
function workload(kind: string, spec: object, more: object = {}, metadata: object = {}): string {
  const apiVersion = /Job$/.test(kind) ? 'batch/v1' : kind === 'Pod' || /Contr/.test(kind) ? 'v1' : 'apps/v1';
  const template = {
    metadata: { labels: { app: 'one' }, ...metadata },
    spec: { containers: [{ name: 'app', image: 'busybox:1.36' }], ...spec },
  };
  const own = { apiVersion, kind, metadata: { name: 'one' } };
  if (kind === 'Pod')
    return JSON.stringify({ ...own, metadata: { ...own.metadata, ...metadata }, spec: template.spec });
  const job = { spec: { template, ...more } };
  return JSON.stringify({ ...own, spec: kind === 'CronJob' ? { jobTemplate: job } : { template, ...more } });
}

const explained = async (text: string): Promise<string> => (await explainText(text)).out.replace(/\s+/g, ' ');

describe('a workload of the kind', () => {
  it.each([
    ['Deployment', 'spec.template.', {}],
    ['ReplicaSet', 'spec.template.', {}],
    ['ReplicationController', 'spec.template.', {}],
    ['StatefulSet', 'spec.template.', {}],
    ['Job', 'spec.template.', { restartPolicy: 'Never' }],
    ['CronJob', 'spec.jobTemplate.spec.template.', { restartPolicy: 'OnFailure' }],
    ['Pod', '', {}],
  ])('%s has the fields of its pods at %s', async (kind, prefix, spec) => {
    expect(await explained(workload(kind, { ...spec, hostPID: true }))).toContain(
      ` refused ${prefix}spec.hostPID A task`,
    );
  });

  it('DaemonSet is not run, whatever its pods ask for', async () => {
    const { code, out } = await explainText(workload('DaemonSet', {}));
    expect(code).toBe(1);
    expect(out).toContain('DaemonSetNotSupported');
  });

  it.each([
    ['Job', {}, 'spec.template.spec.restartPolicy'],
    ['CronJob', { restartPolicy: 'Always' }, 'spec.jobTemplate.spec.template.spec.restartPolicy'],
    ['Deployment', { restartPolicy: 'Never' }, 'spec.template.spec.restartPolicy'],
    ['Deployment', { containers: [{ image: 'x' }] }, 'spec.template.spec.containers[0].name'],
    ['Pod', { restartPolicy: 'Sometimes' }, 'spec.restartPolicy'],
  ])('%s with %j is invalid at its path', async (kind, spec, path) => {
    const { code, out } = await explainText(workload(kind, spec));
    expect(code).toBe(1);
    expect(out).toContain(`INVALID: ${kind} default/one`);
    expect(out).toContain(`invalid     ${path}\n`);
  });

  it('that another API group has is none of ours', async () => {
    const { out } = await explainText(
      '{"apiVersion": "serving.knative.dev/v1", "kind": "Deployment", "metadata": {"name": "x"}}',
    );
    expect(out).toContain('skipped     Deployment x: makes no pods that are known here');
  });

  it('with a name only for the server to end is told by what is known of it', async () => {
    expect(
      await explained(
        '{apiVersion: v1, kind: Pod, metadata: {generateName: run-}, spec: {containers: [{name: a, image: b}]}}',
      ),
    ).toContain('Pod default/run');
  });
});

describe('what is said of a workload', () => {
  it('names a field that no pod has', async () => {
    const text = await explained(
      workload('Deployment', { containers: [{ name: 'app', image: 'x', imagePullPolcy: 'Always' }] }),
    );
    expect(text).toContain(
      'warning spec.template.spec.containers[0].imagePullPolcy No such field: the API server drops it',
    );
  });

  it('tells what the controller gives each pod where it stands in the manifest', async () => {
    expect(await explained(workload('StatefulSet', {}))).toContain(
      'emulated spec.serviceName Told as the variable HOSTNAME',
    );
    const indexed = workload('Job', { restartPolicy: 'Never' }, { completionMode: 'Indexed' });
    expect(await explained(indexed)).toContain('emulated spec.completionMode Told as the variable HOSTNAME');
    expect((await explainText(indexed, '-o', 'json')).out).not.toContain('"JOB_COMPLETION_INDEX"');
  });

  it('passes over what an API server writes into every object', async () => {
    const defaults = {
      dnsPolicy: 'ClusterFirst',
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      securityContext: {},
      serviceAccount: 'default',
      serviceAccountName: 'default',
      preemptionPolicy: 'PreemptLowerPriority',
      priority: 0,
      terminationGracePeriodSeconds: 30,
      tolerations: ['not-ready', 'unreachable'].map((key) => ({
        ...{
          key: `node.kubernetes.io/${key}`,
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds: 300,
        },
      })),
    };
    const text = await explained(workload('Pod', defaults));
    expect(text).toContain('runs as is: Pod default/one');
    expect(text).not.toMatch(/ (ignored|emulated|warning) /);
  });

  it('says that a limit of CPU above the task is never reached', async () => {
    const resources = { requests: { cpu: '250m', memory: '1Gi' }, limits: { cpu: '4' } };
    const text = await explained(
      workload('Deployment', { containers: [{ name: 'app', image: 'x', resources }] }),
    );
    expect(text).toContain('spec.template.spec.containers[0].resources.limits.cpu The task has 0.25 vCPU');
  });

  it('does not need to know the priority classes of a cluster', async () => {
    expect(await explained(workload('Deployment', { priorityClassName: 'gold', priority: 7 }))).toContain(
      'ignored spec.template.spec.priority, spec.template.spec.priorityClassName The scheduler decides',
    );
  });

  it('explains a pod as a cluster has it, status and all', async () => {
    const { out } = await explainText(
      JSON.stringify({
        ...(JSON.parse(
          workload('Pod', { nodeName: 'other', ephemeralContainers: [{ name: 'debug', image: 'x' }] }),
        ) as object),
        metadata: { name: 'one', uid: 'u', resourceVersion: '5', managedFields: [{}], finalizers: ['a/b'] },
        status: { phase: 'Running' },
      }),
    );
    expect(out).toContain('runs as is: Pod default/one');
  });

  it('leaves out what belongs to another workload, and static pods', async () => {
    const owned = (kind: string): object => ({
      ownerReferences: [{ kind, name: 'owner', controller: true }],
    });
    expect(await explained(workload('Pod', {}, {}, owned('ReplicaSet')))).toContain(
      'belongs to ReplicaSet owner',
    );
    expect(await explained(workload('Pod', {}, {}, owned('Node')))).toContain('belongs to Node owner');
    expect(await explained(workload('Pod', {}, {}, owned('Workflow')))).toContain(
      'runs as is: Pod default/one',
    );
  });
});

describe('objects beside a workload', () => {
  const account = (role: string): string =>
    `{apiVersion: v1, kind: ServiceAccount, metadata: {name: web, annotations: {${role}}}}`;
  const ROLE = 'eks.amazonaws.com/role-arn: "arn:aws:iam::111122223333:role/web"';
  const policy = (selector: string, namespace = 'default'): string =>
    `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: closed, namespace: ${namespace}}, spec: {podSelector: ${selector}}}`;
  const own = workload('Deployment', { serviceAccountName: 'web' });

  it('tell of a role that needs a rule', async () => {
    expect(await explained(`${own}\n---\n${account(ROLE)}`)).toContain(
      'warning ServiceAccount web: metadata.annotations["eks.amazonaws.com/role-arn"] The task gets this role only where a rule',
    );
    expect(await explained(`${own}\n---\n${account('')}`)).not.toContain('this role');
    expect(await explained(`${workload('Deployment', {})}\n---\n${account(ROLE)}`)).not.toContain(
      'this role',
    );
  });

  it('tell of network policies that select it', async () => {
    const select = (selector: string, namespace?: string): Promise<string> =>
      explained(`${workload('Deployment', {})}\n---\n${policy(selector, namespace)}`);
    expect(await select('{}')).toContain('warning NetworkPolicy closed It selects the pod');
    expect(await select('{matchLabels: {app: one}}')).toContain('NetworkPolicyNotEnforced');
    expect(await select('{matchLabels: {app: other}}')).not.toContain('NetworkPolicyNotEnforced');
    expect(await select('{}', 'elsewhere')).not.toContain('NetworkPolicyNotEnforced');
  });
});

describe('what an injector will add', () => {
  it.each([
    [
      'Istio',
      { labels: { 'sidecar.istio.io/inject': 'true' } },
      'DEPENDS',
      'metadata.labels["sidecar.istio.io/inject"]',
    ],
    [
      'Istio',
      { annotations: { 'sidecar.istio.io/inject': 'true' } },
      'DEPENDS',
      'metadata.annotations["sidecar.istio.io/inject"]',
    ],
    [
      'Linkerd',
      { annotations: { 'linkerd.io/inject': 'enabled' } },
      'DEPENDS',
      'metadata.annotations["linkerd.io/inject"]',
    ],
    [
      'Vault',
      { annotations: { 'vault.hashicorp.com/agent-inject': 'true' } },
      'runs emulated',
      'metadata.annotations["vault.hashicorp.com/agent-inject"]',
    ],
    [
      'Datadog',
      { labels: { 'admission.datadoghq.com/enabled': 'true' } },
      'runs emulated',
      'metadata.labels["admission.datadoghq.com/enabled"]',
    ],
    [
      'Datadog',
      { annotations: { 'admission.datadoghq.com/js-lib.version': 'v5' } },
      'runs emulated',
      'metadata.annotations["admission.datadoghq.com/js-lib.version"]',
    ],
  ])('%s is told where a pod asks for it: %j', async (name, metadata, verdict, path) => {
    const text = await explained(workload('Deployment', {}, {}, metadata));
    expect(text).toContain(`${verdict}: Deployment default/one`);
    expect(text).toContain(`spec.template.${path} ${name} adds`);
  });

  it('is not told where the pod says no, or where it was added', async () => {
    const no = { annotations: { 'linkerd.io/inject': 'disabled' } };
    expect(await explained(workload('Deployment', {}, {}, no))).toContain('runs as is');
    const added = { containers: [{ name: 'linkerd-proxy', image: 'x' }] };
    const yes = { annotations: { 'linkerd.io/inject': 'enabled' } };
    expect(await explained(workload('Pod', added, {}, yes))).toContain('runs as is');
  });
});
