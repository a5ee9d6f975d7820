import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explainHere, explainText } from './explain-here.ts';

const POD = `
apiVersion: v1
kind: Pod
metadata: { name: plain }
spec: { containers: [{ name: app, image: 'busybox:1.36', resources: { requests: { cpu: 250m, memory: 512Mi } } }] }
`;
const PRIVILEGED = POD.replace('name: app,', 'name: app, securityContext: { privileged: true },').replace(
  'plain',
  'bold',
);
const DEPLOYMENT = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      hostNetwork: true
      containers: [{ name: web, image: nginx, securityContext: { privileged: true } }]
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lambdalet-explain-'));
  await writeFile(join(folder, 'plain.yaml'), POD);
  await writeFile(join(folder, 'bold.yaml'), PRIVILEGED);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('lambdalet explain', () => {
  it('ends with 0 when everything runs, and says on what and for how much', async () => {
    const { code, out, err } = await explainHere(['-f', join(folder, 'plain.yaml')]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('size        0.25 vCPU with 0.5 GiB of memory (not asked for: 0 vCPU, 0 GiB)');
    expect(out).toContain(
      'amd64 0.0123 USD an hour on demand, from 0.0037 on Spot (list price of us-east-1)',
    );
    expect(out).toContain('arm64 0.0099 USD');
    expect(out).toMatch(/Summary\n {2}runs as is +Pod default\/plain: 0.25 vCPU with 0.5 GiB of memory\n$/);
  });

  it('reads standard input', async () => {
    expect((await explainText(POD)).out).toContain('runs as is: Pod default/plain (stdin)');
  });

  it('takes the files that a shell puts after the first one, and tells of the refused one first', async () => {
    const { code, out } = await explainHere(['-f', join(folder, 'plain.yaml'), join(folder, 'bold.yaml')]);
    expect(code).toBe(1);
    expect(out.indexOf('REFUSED: Pod default/bold')).toBe(0);
    expect(out).toMatch(
      /Summary\n {2}REFUSED +Pod default\/bold, because spec\.containers\[0\][^]*\n {2}runs as is +Pod/,
    );
  });

  it('writes the paths of the manifest, not those of the pod', async () => {
    const { code, out } = await explainText(DEPLOYMENT);
    expect(code).toBe(1);
    expect(out).toContain('REFUSED: Deployment shop/web (stdin, 2 pods)');
    expect(out).toContain('  refused     spec.template.spec.containers[0].securityContext.privileged\n');
    expect(out).toContain('              spec.template.spec.hostNetwork\n');
  });

  it('gives the task definition as JSON', async () => {
    const { code, out } = await explainText(`${POD}---${DEPLOYMENT}`, '-o', 'json');
    expect(code).toBe(1);
    const { workloads } = JSON.parse(out) as { workloads: readonly Record<string, unknown>[] };
    expect(workloads).toMatchObject([
      {
        kind: 'Pod',
        name: 'plain',
        verdict: 'as is',
        task: {
          containers: ['app'],
          prices: [{ architecture: 'amd64', capacityType: 'on-demand' }, {}, {}, {}],
          definition: { cpu: '256', memory: '512', containerDefinitions: [{ name: 'app' }] },
        },
      },
      {
        kind: 'Deployment',
        namespace: 'shop',
        replicas: 2,
        verdict: 'refused',
        faults: [{ path: 'spec.template.spec.containers[0].securityContext.privileged' }, {}],
      },
    ]);
    expect(workloads[1]).not.toHaveProperty('task');
  });

  it('gives prices of the Region, or says that they are those of another', async () => {
    const { out } = await explainText(POD, '--region', 'eu-central-1');
    expect(out).toMatch(/amd64 .*list price of eu-central-1/);
    expect(out).toMatch(/arm64 .*list price of us-east-1/);
  });

  it('says what is not probed where pod-sync is not in the VPC', async () => {
    const probed = POD.replace('name: app,', 'name: app, readinessProbe: { tcpSocket: { port: 80 } },');
    expect((await explainText(probed, '--no-probes')).out).toContain(
      'Network probes are not run, because pod-sync is not in the VPC',
    );
    expect((await explainText(probed)).out).not.toContain('Network probes are not run');
  });

  it('plans for the architecture that the node has', async () => {
    expect((await explainText(POD, '--arch', 'arm64', '-o', 'json')).out).toContain('"ARM64"');
  });

  it('keeps to the width of the terminal, as far as it is one to read', async () => {
    const widthOf = async (columns: number): Promise<number> => {
      const { out } = await explainHere(['-f', '-'], { stdin: DEPLOYMENT, columns });
      return Math.max(...out.split('\n').map(({ length }) => length));
    };
    expect(await widthOf(80)).toBeLessThanOrEqual(80);
    expect(await widthOf(10)).toBeGreaterThan(60);
    expect(await widthOf(500)).toBeLessThanOrEqual(120);
  });

  it.each([
    [[], /nothing to explain/],
    [['--fast'], /unknown option --fast: known are [^]*--kubeconfig FILE/],
    [['-f', 'a', '-o', 'xml'], /-o is "xml": allowed is text or json/],
    [['-f', 'a', '--arch', 's390x'], /--arch is "s390x": allowed is amd64 or arm64/],
    [['-f', 'a', '--region', 'Ireland'], /--region is "Ireland": allowed is a Region such as eu-west-1/],
  ])('ends with 2 and the usage when it is asked as %j', async (argv, message) => {
    const { code, out, err } = await explainHere(argv);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
    expect(err).toContain('usage: lambdalet explain');
  });

  it.each([
    ['nowhere.yaml', /nowhere\.yaml cannot be read: ENOENT/],
    ['.', /cannot be read: it is a directory; give its files, such as .*\/\*\.yaml/],
  ])('ends with 2 when there is no file %s', async (name, message) => {
    const { code, err } = await explainHere(['-f', `${folder}/${name}`]);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });

  it('explains itself', async () => {
    const { code, out } = await explainHere(['--help']);
    expect(code).toBe(0);
    expect(out).toContain('It ends with 0 when every workload runs');
  });

  it('ends with 1 when nothing makes pods', async () => {
    const { code, out } = await explainText('apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }');
    expect(code).toBe(1);
    expect(out).toMatch(/skipped +ConfigMap settings: makes no pods[^]*There is nothing that makes pods/);
  });

  it('never shows what a Secret or a ConfigMap holds', async () => {
    const secret = 'apiVersion: v1\nkind: Secret\nmetadata: { name: keys }\nstringData: { key: canary-word }';
    const uses = POD.replace('name: app,', 'name: app, envFrom: [{ secretRef: { name: keys } }],');
    for (const format of ['text', 'json']) {
      const { code, out, err } = await explainText(`${secret}\n---${uses}`, '-o', format);
      expect(code).toBe(0);
      expect(out + err).not.toContain('canary-word');
    }
  });

  it('is a program that npm runs', () => {
    const program = join(import.meta.dirname, '../../../lib/cli/main.ts');
    const { status, stdout } = spawnSync(process.execPath, [program, 'explain', '-f', '-'], {
      input: PRIVILEGED,
      encoding: 'utf8',
    });
    expect(status, stdout).toBe(1);
    expect(stdout).toContain('REFUSED: Pod default/bold (stdin)');
  });
});
