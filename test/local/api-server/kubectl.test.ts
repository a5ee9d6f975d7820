import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApiServer } from '../../../lib/local/api-server/server/start-api-server.ts';
import type { RunningApiServer } from '../../../lib/local/api-server/server/start-api-server.ts';

function findKubectl(): string | undefined {
  try {
    execFileSync('kubectl', ['version', '--client'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'there is no working kubectl on the PATH';
  }
}

const missing = findKubectl();
if (missing !== undefined) console.warn(`SKIPPED: kubectl against the embedded API server: ${missing}`);

const folder = mkdtempSync(join(tmpdir(), 'lambdalet-kubectl-'));
let server: RunningApiServer;

const environment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  KUBECONFIG: join(folder, 'kubeconfig'),
  KUBECACHEDIR: join(folder, 'cache'),
  HOME: folder,
});

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function run(...args: string[]): Promise<Run> {
  return new Promise((resolve) => {
    const options = { env: environment(), timeout: 20_000, maxBuffer: 10_000_000 };
    execFile('kubectl', args, options, (error, out, err) => {
      resolve({ code: error === null ? 0 : 1, out, err });
    });
  });
}

/** Output of a command that must work; its complaint is in the failure. */
async function kubectl(...args: string[]): Promise<string> {
  const { code, out, err } = await run(...args);
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${err}`);
  return out;
}

function manifest(name: string, text: string): string {
  const path = join(folder, `${name}.yaml`);
  writeFileSync(path, text);
  return path;
}

const podYaml = (name: string, image: string, label: string): string =>
  manifest(
    name,
    `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}\n  labels: {role: ${label}}\nspec:\n  nodeSelector: {none: here}\n  containers:\n  - {name: main, image: '${image}'}\n`,
  );

const nodeYaml = (name: string): string =>
  manifest(
    name,
    `apiVersion: v1\nkind: Node\nmetadata: {name: ${name}, labels: {only: ${name}}}\nstatus:\n  capacity: {cpu: '4', memory: 8Gi, pods: '20'}\n  conditions:\n  - {type: Ready, status: 'True', reason: KubeletReady, lastHeartbeatTime: '${new Date().toISOString()}'}\n  nodeInfo: {kubeletVersion: v1.36.0}\n`,
  );

/** A pod on a node, running, as a kubelet would have it. */
async function runningPod(name: string): Promise<void> {
  await kubectl('create', '-f', nodeYaml(`node-${name}`));
  await kubectl('run', name, '--image=x:1', `--overrides={"spec":{"nodeSelector":{"only":"node-${name}"}}}`);
  await kubectl('wait', `pod/${name}`, '--for=condition=PodScheduled', '--timeout=10s');
  const status = {
    phase: 'Running',
    podIP: '10.0.0.7',
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: [
      {
        name,
        image: 'x:1',
        imageID: '',
        ready: true,
        started: true,
        restartCount: 0,
        state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
      },
    ],
  };
  await kubectl('patch', 'pod', name, '--subresource=status', '-p', JSON.stringify({ status }));
}

describe.skipIf(missing !== undefined)(
  `kubectl${missing === undefined ? '' : ` (not tested: ${missing})`}`,
  () => {
    beforeAll(async () => {
      server = await startApiServer();
      writeFileSync(join(folder, 'kubeconfig'), server.kubeconfig, { mode: 0o600 });
    });
    afterAll(async () => {
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    });

    it('discovers what there is', async () => {
      expect(await kubectl('api-resources', '--no-headers')).toMatch(/^pods +po +v1 +true +Pod$/m);
      expect(await kubectl('get', 'ns')).toMatch(/kube-system +Active/);
      expect(await kubectl('explain', 'pod.spec.containers')).toContain('FIELD: containers <[]Container>');
      expect(await kubectl('cluster-info')).toContain('Kubernetes control plane');
    });

    it('applies a manifest, again without a change, and again with one', async () => {
      expect(await kubectl('apply', '-f', podYaml('applied', 'x:1', 'one'))).toBe('pod/applied created\n');
      expect(await kubectl('apply', '-f', podYaml('applied', 'x:1', 'one'))).toBe('pod/applied unchanged\n');
      expect(await kubectl('apply', '-f', podYaml('applied', 'x:2', 'two'))).toBe('pod/applied configured\n');
      expect(
        await kubectl(
          'get',
          'pod',
          'applied',
          '-o',
          'jsonpath={.spec.containers[0].image} {.metadata.labels.role}',
        ),
      ).toBe('x:2 two');
      expect(
        await kubectl(
          'apply',
          '--server-side',
          '--force-conflicts',
          '-f',
          podYaml('applied', 'x:3', 'three'),
        ),
      ).toBe('pod/applied serverside-applied\n');
      expect((await run('diff', '-f', podYaml('applied', 'x:3', 'three'))).out).not.toContain('x:2');
    });

    it('refuses a manifest with an unknown field, a name that is taken, a pod that is not there', async () => {
      const odd = manifest(
        'odd',
        'apiVersion: v1\nkind: Pod\nmetadata: {name: odd}\nspec: {containers: [{name: a, imag: x}]}\n',
      );
      expect((await run('apply', '-f', odd)).err).toContain('unknown field "spec.containers[0].imag"');
      await kubectl('create', '-f', podYaml('taken', 'x', 'one'));
      expect((await run('create', '-f', podYaml('taken', 'x', 'one'))).err).toContain(
        'pods "taken" already exists',
      );
      expect((await run('get', 'pod', 'nothing')).err).toBe(
        'Error from server (NotFound): pods "nothing" not found\n',
      );
    });

    it('labels, annotates and patches in three ways', async () => {
      await kubectl('create', '-f', podYaml('marked', 'x:1', 'one'));
      await kubectl('label', 'pod', 'marked', 'a=b');
      await kubectl('annotate', 'pod', 'marked', 'c=d');
      await kubectl('patch', 'pod', 'marked', '-p', '{"metadata":{"labels":{"strategic":"1"}}}');
      await kubectl('patch', 'pod', 'marked', '--type=merge', '-p', '{"metadata":{"labels":{"role":null}}}');
      await kubectl(
        'patch',
        'pod',
        'marked',
        '--type=json',
        '-p',
        '[{"op":"replace","path":"/spec/containers/0/image","value":"x:9"}]',
      );
      const { metadata, spec } = JSON.parse(await kubectl('get', 'pod', 'marked', '-o', 'json')) as {
        metadata: object;
        spec: { containers: { image: string }[] };
      };
      expect(metadata).toMatchObject({ labels: { a: 'b', strategic: '1' }, annotations: { c: 'd' } });
      expect(metadata).not.toHaveProperty('labels.role');
      expect(spec.containers[0]?.image).toBe('x:9');
    });

    it('shows a running pod in get, wide and describe', async () => {
      await runningPod('shown');
      expect(await kubectl('get', 'pod', 'shown')).toMatch(
        /NAME +READY +STATUS +RESTARTS +AGE\nshown +1\/1 +Running +0 +\d+s/,
      );
      expect(await kubectl('get', 'pod', 'shown', '-o', 'wide')).toMatch(
        /10\.0\.0\.7 +node-shown +<none> +<none>/,
      );
      const described = await kubectl('describe', 'pod', 'shown');
      expect(described).toMatch(/Status: +Running/);
      expect(described).toMatch(/Normal +Scheduled .* Successfully assigned default\/shown to node-shown/);
      expect((await run('logs', 'shown')).err).toContain('no preferred addresses found');
    });

    it('deletes with grace, which waits for the kubelet, and by force', async () => {
      await runningPod('gone');
      await kubectl('delete', 'pod', 'gone', '--wait=false');
      expect(await kubectl('get', 'pod', 'gone')).toContain('Terminating');
      await kubectl('delete', 'pod', 'gone', '--force', '--grace-period=0');
      expect(await kubectl('get', 'pod', 'gone', '--ignore-not-found')).toBe('');
    });

    it('waits for a condition that comes later', async () => {
      await kubectl('create', '-f', podYaml('awaited', 'x', 'one'));
      const waiting = kubectl('wait', 'pod/awaited', '--for=condition=Ready', '--timeout=15s');
      await kubectl(
        'patch',
        'pod',
        'awaited',
        '--subresource=status',
        '-p',
        '{"status":{"conditions":[{"type":"Ready","status":"True"}]}}',
      );
      expect(await waiting).toBe('pod/awaited condition met\n');
    });

    it('follows changes with get -w', async () => {
      const follower = spawn('kubectl', ['get', 'pods', '-w', '-l', 'role=followed', '--no-headers'], {
        env: environment(),
      });
      let seen = '';
      follower.stdout.on('data', (chunk: Buffer) => (seen += chunk.toString()));
      await kubectl('create', '-f', podYaml('followed', 'x', 'followed'));
      await kubectl(
        'patch',
        'pod',
        'followed',
        '--subresource=status',
        '-p',
        '{"status":{"reason":"Evicted"}}',
      );
      await expect
        .poll(() => seen, { timeout: 10_000 })
        .toMatch(/followed +0\/1 +Pending[^]*followed +0\/1 +Evicted/);
      follower.kill();
    });

    it('cordons, taints and describes a node', async () => {
      await kubectl('create', '-f', nodeYaml('plain'));
      await kubectl('cordon', 'plain');
      expect(await kubectl('get', 'node', 'plain')).toMatch(
        /plain +Ready,SchedulingDisabled +<none> +\d+s +v1\.36\.0/,
      );
      await kubectl('uncordon', 'plain');
      await kubectl('taint', 'node', 'plain', 'a=b:NoSchedule');
      expect(await kubectl('describe', 'node', 'plain')).toMatch(/Taints: +a=b:NoSchedule/);
      await kubectl('taint', 'node', 'plain', 'a-');
      expect(await kubectl('get', 'node', 'plain', '-o', 'jsonpath={.spec.taints}')).toBe('');
    });

    it('creates with its own commands, which send binary bodies', async () => {
      await kubectl('create', 'namespace', 'team');
      await kubectl('create', 'configmap', 'settings', '-n', 'team', '--from-literal=a=b');
      await kubectl('create', 'secret', 'generic', 'keys', '-n', 'team', '--from-literal=a=b');
      expect(await kubectl('get', 'secret', 'keys', '-n', 'team', '-o', 'jsonpath={.type} {.data.a}')).toBe(
        'Opaque Yg==',
      );
      await kubectl('create', 'deployment', 'web', '-n', 'team', '--image=x', '--replicas=2');
      await expect
        .poll(() => kubectl('get', 'pods', '-n', 'team', '-o', 'name'))
        .toMatch(/^pod\/web-.*\npod\/web-.*\n$/);
      await kubectl('scale', 'deployment', 'web', '-n', 'team', '--replicas=0');
      await expect
        .poll(() => kubectl('get', 'deployment', 'web', '-n', 'team', '--no-headers'))
        .toMatch(/web +0\/0 +0 +0/);
      await kubectl('create', 'job', 'task', '-n', 'team', '--image=x');
      expect(await kubectl('auth', 'can-i', 'delete', 'pods')).toBe('yes\n');
      expect(await kubectl('create', 'token', 'default')).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\s*$/);
      await kubectl('delete', 'namespace', 'team', '--wait=false');
      await expect.poll(() => run('get', 'deployment', 'web', '-n', 'team')).toMatchObject({ code: 1 });
    }, 60_000);
  },
);
