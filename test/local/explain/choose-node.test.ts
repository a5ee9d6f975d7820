import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explainHere } from './explain-here.ts';

const FILE = `
region: eu-west-1
clusters:
  - clusterName: shop
    identityMode: kubeconfig
    secret: lambdalet/shop/kubeconfig
    namespaceCeilings: { tiny: { vcpu: 0.5 } }
    nodes:
      - name: plain
        subnets: [subnet-00000001]
      - name: open
        architectures: [arm64]
        capacityTypes: [spot]
        subnets: [subnet-00000001]
        ceiling: { vcpu: 4 }
        networkPolicies: refuse
        clusterDomain: cluster.local
        allow:
          - namespace: default
            serviceAccount: '*'
            capacityTypes: [on-demand]
            taskRoles: ['arn:aws:iam::123456789012:role/web']
  - clusterName: other
    identityMode: kubeconfig
    secret: lambdalet/other/kubeconfig
    functionSubnets: [subnet-00000009]
    functionSecurityGroups: [sg-00000009]
    nodes: [{ name: only, subnets: [subnet-00000001] }]
`;
const WISH = `
apiVersion: v1
kind: Pod
metadata: { name: wishes, annotations: { lambdalet.dev/capacity-type: on-demand } }
spec: { containers: [{ name: app, image: 'busybox:1.36', resources: { requests: { cpu: '1', memory: 2Gi } } }] }
`;
const POLICY = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: closed }
spec: { podSelector: {} }
`;

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lambdalet-explain-node-'));
  file = join(folder, 'deployment.yaml');
  await writeFile(file, FILE);
  await writeFile(join(folder, 'broken.yaml'), FILE.replace('subnet-00000001', 'vpc-1'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const onNode = (node: string, stdin: string, ...more: string[]) =>
  explainHere(['-f', '-', '-c', file, '--cluster', 'shop', '--node', node, ...more], { stdin });

describe('a workload that is explained for a node of a deployment file', () => {
  it('may wish what a rule of the node allows', async () => {
    const refused = await onNode('plain', WISH.replace('on-demand', 'spot'));
    expect(refused.code).toBe(1);
    expect(refused.out).toMatch(/REFUSED: Pod default\/wishes[^]*lambdalet.dev\/capacity-type/);
    const allowed = await onNode('open', WISH);
    expect(allowed.out).not.toContain('REFUSED');
    expect(allowed.code).toBe(0);
  });

  it('is told for which node, in words and in JSON', async () => {
    const { out } = await onNode('open', WISH);
    expect(out.split('\n')[0]).toBe('On node open of cluster shop (eu-west-1, arm64, spot)');
    const json = JSON.parse((await onNode('open', WISH, '-o', 'json')).out) as object;
    expect(json).toMatchObject({
      apiVersion: 'lambdalet.dev/v1',
      kind: 'Explanation',
      node: {
        name: 'open',
        cluster: 'shop',
        architecture: 'arm64',
        capacityType: 'spot',
        region: 'eu-west-1',
      },
      workloads: [{ task: { definition: { runtimePlatform: { cpuArchitecture: 'ARM64' } } } }],
    });
  });

  it('is refused by a node that refuses what a network policy selects', async () => {
    const both = `${WISH}---${POLICY}`;
    expect((await onNode('open', both)).out).toMatch(
      /REFUSED[^]*NetworkPolicy closed[^]*networkPolicies: refuse/,
    );
    expect((await onNode('plain', POLICY + '---' + WISH.replace(/, annotations.*}/, ' }'))).out).toMatch(
      /warning +NetworkPolicy closed/,
    );
  });

  it('never runs when it alone is above a ceiling, of the node or of its namespace', async () => {
    const large = WISH.replace("cpu: '1', memory: 2Gi", "cpu: '8', memory: 16Gi");
    expect((await onNode('open', large)).out).toMatch(
      /REFUSED[^]*The ceiling of node open is 4 vCPU, and this pod needs 8 vCPU: it never fits/,
    );
    const tiny = WISH.replace(/name: wishes.*/, 'name: wishes, namespace: tiny }');
    expect((await onNode('plain', tiny)).out).toMatch(/The ceiling of namespace tiny is 0.5 vCPU/);
    expect((await onNode('plain', tiny.replace("cpu: '1'", 'cpu: 500m'))).code).toBe(0);
  });

  it('knows the domain of the cluster and whether network probes are run', async () => {
    const probed = WISH.replace('name: app,', 'name: app, readinessProbe: { tcpSocket: { port: 80 } },');
    expect((await onNode('open', probed)).out).toContain('Network probes are not run');
    const { out } = await explainHere(['-f', '-', '-c', file, '--cluster', 'other'], { stdin: probed });
    expect(out).toContain('On node only of cluster other');
    expect(out).not.toContain('Network probes are not run');
  });

  it.each([
    [['-c', 'FILE'], /has 2 clusters: name one with --cluster: shop, other/],
    [['-c', 'FILE', '--cluster', 'shop'], /the cluster has 2 nodes: name one with --node: plain, open/],
    [['-c', 'FILE', '--cluster', 'shpo'], /none of that name: did you mean shop\?/],
    [['-c', 'FILE', '--cluster', 'shop', '--node', 'pain'], /no node of that name: did you mean plain\?/],
    [['-c', 'FILE', '--cluster', 'shop', '--node', 'x'], /no node of that name: allowed are plain, open/],
    [
      ['-c', 'FILE', '--cluster', 'other', '--arch', 'arm64'],
      /--arch and --no-probes are what the deployment file says/,
    ],
    [['--node', 'plain'], /give it with -c FILE/],
    [['-c', '/nowhere.yaml'], /the file cannot be read/],
    [['-c', 'BROKEN', '--cluster', 'shop'], /clusters\[0\]\.nodes\[0\]\.subnets\[0\] is "vpc-1"/],
  ])('must be clear: %j', async (argv, message) => {
    const places: Record<string, string> = { FILE: file, BROKEN: join(folder, 'broken.yaml') };
    const { code, err } = await explainHere(['-f', '-', ...argv.map((one) => places[one] ?? one)], {
      stdin: WISH,
    });
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});
