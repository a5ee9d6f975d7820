import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { renderDaemonSetPatch } from '../../infra/bootstrap/render-daemonset-patch.ts';
import { type BootstrapInput, renderBootstrap } from '../../infra/render-bootstrap.ts';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly resourceNames?: readonly string[];
    readonly verbs: readonly string[];
  }[];
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string }[];
  readonly spec?: {
    readonly priorityLevelConfiguration: { readonly name: string };
    readonly matchConditions: readonly { readonly expression: string }[];
    readonly variables: readonly { readonly expression: string }[];
    readonly validations: readonly { readonly expression: string }[];
  };
}

const EXAMPLE: BootstrapInput = {
  clusterName: 'example',
  nodeNames: ['fargate-amd64'],
  identityMode: 'token',
  impersonateNodes: false,
  admissionPolicy: true,
  flowSchema: true,
};

function manifestsOf(change: Partial<BootstrapInput> = {}): readonly Manifest[] {
  return parseAllDocuments(renderBootstrap({ ...EXAMPLE, ...change })).map((one) => {
    expect(one.errors).toEqual([]);
    return one.toJS() as Manifest;
  });
}

/** `get nodes fargate-amd64`, for each verb of each rule. */
function rulesOf(
  manifests: readonly Manifest[],
  kind: string,
  name = 'lambdalet-example',
): readonly string[] {
  return manifests
    .filter((manifest) => manifest.kind === kind && manifest.metadata.name === name)
    .flatMap(({ rules }) => rules ?? [])
    .flatMap(({ resources, resourceNames, verbs }) =>
      verbs.flatMap((verb) =>
        resources.map((resource) => [verb, resource, ...(resourceNames ?? [])].join(' ')),
      ),
    )
    .sort();
}

function named(manifests: readonly Manifest[], kind: string): readonly string[] {
  return manifests.filter((manifest) => manifest.kind === kind).map(({ metadata }) => metadata.name);
}

const COMBINATIONS = (['eks', 'kubeconfig', 'token'] as const).flatMap((identityMode) =>
  [true, false].flatMap((impersonateNodes) =>
    [undefined, [], ['shop', 'web']].map((podConfigNamespaces) => ({
      ...{ identityMode, impersonateNodes },
      ...(podConfigNamespaces && { podConfigNamespaces }),
    })),
  ),
);

describe('the rights of functions that do everything as themselves', () => {
  const manifests = manifestsOf();

  it('are what a kubelet does, cluster-wide, and for their own nodes by name', () => {
    expect(rulesOf(manifests, 'ClusterRole')).toEqual(
      [
        'create nodes',
        ...['get', 'patch', 'delete'].map((verb) => `${verb} nodes fargate-amd64`),
        'patch nodes/status fargate-amd64',
        ...['get', 'list', 'watch', 'delete'].map((verb) => `${verb} pods`),
        'patch pods/status',
        ...['create', 'get', 'patch'].map((verb) => `${verb} events`),
        'get namespaces kube-system',
        'get persistentvolumes',
        'list services',
        'list networkpolicies',
      ].sort(),
    );
  });

  it('to leases end at kube-node-lease, and at their own by name', () => {
    expect(rulesOf(manifests, 'Role')).toEqual([
      'create leases',
      'delete leases fargate-amd64',
      'get leases fargate-amd64',
      'update leases fargate-amd64',
    ]);
    const role = manifests.find(
      ({ kind, metadata }) => kind === 'Role' && metadata.name === 'lambdalet-example',
    );
    expect(role?.metadata.namespace).toBe('kube-node-lease');
  });

  it('to what pods refer to are a role of their own', () => {
    expect(rulesOf(manifests, 'ClusterRole', 'lambdalet-example-pod-config')).toEqual([
      'create serviceaccounts/token',
      'get configmaps',
      'get persistentvolumeclaims',
      'get secrets',
      'get serviceaccounts',
    ]);
  });
});

describe('the rights of functions that act as their nodes', () => {
  const manifests = manifestsOf({ impersonateNodes: true, nodeNames: ['a', 'b'] });

  it('are to be those nodes, and what no node may do for itself', () => {
    expect(rulesOf(manifests, 'ClusterRole')).toEqual(
      [
        'impersonate users system:node:a system:node:b',
        'impersonate groups system:nodes',
        'delete nodes a b',
        'get events',
        'get namespaces kube-system',
        'list networkpolicies',
      ].sort(),
    );
  });

  it('to what pods refer to are the service accounts alone: the rest is the Node authorizer’s', () => {
    expect(rulesOf(manifests, 'ClusterRole', 'lambdalet-example-pod-config')).toEqual([
      'get serviceaccounts',
    ]);
  });

  it('have nothing of leases', () => {
    expect(rulesOf(manifests, 'Role')).toEqual([]);
  });
});

describe('the rights in the cluster', () => {
  it.each([
    ['eks', 'Group lambdalet-example'],
    ['kubeconfig', 'ServiceAccount lambdalet-example'],
    ['token', 'ServiceAccount lambdalet-example'],
  ] as const)('belong to the subject of the identity in use alone: %s', (identityMode, subject) => {
    const manifests = manifestsOf({ identityMode });
    const bindings = manifests.filter(({ roleRef }) => roleRef !== undefined);
    expect(bindings.length).toBeGreaterThan(2);
    for (const { subjects } of bindings)
      expect(subjects?.map(({ kind, name }) => `${kind} ${name}`)).toEqual([subject]);
    expect(named(manifests, 'ServiceAccount')).toEqual(identityMode === 'eks' ? [] : ['lambdalet-example']);
    expect(named(manifests, 'Namespace')).toEqual(identityMode === 'eks' ? [] : ['lambdalet-example']);
  });

  it.each(COMBINATIONS)('bind each role that they make, and no other: %o', (change) => {
    const manifests = manifestsOf(change);
    const made = manifests.filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role');
    const bound = manifests.flatMap(({ roleRef }) => roleRef ?? []);
    const nowhere =
      change.podConfigNamespaces?.length === 0 ? ['ClusterRole lambdalet-example-pod-config'] : [];
    expect([...new Set(bound.map(({ kind, name }) => `${kind} ${name}`)), ...nowhere].sort()).toEqual(
      made.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort(),
    );
  });

  it.each(COMBINATIONS)('use no wildcard, and no name of all: %o', (change) => {
    for (const { rules = [], kind } of manifestsOf(change)) {
      if (kind === 'FlowSchema') continue;
      const texts = rules.flatMap((rule) => [...rule.apiGroups, ...rule.resources, ...rule.verbs]);
      expect(texts).not.toContain('*');
      for (const { resourceNames } of rules) expect(resourceNames?.length).not.toBe(0);
    }
  });

  it('are for the namespaces that are named, where some are', () => {
    const manifests = manifestsOf({ podConfigNamespaces: ['shop', '1e3'] });
    const bindings = manifests.filter(({ roleRef }) => roleRef?.name === 'lambdalet-example-pod-config');
    expect(bindings.map(({ kind, metadata }) => [kind, metadata.namespace])).toEqual([
      ['RoleBinding', 'shop'],
      ['RoleBinding', '1e3'],
    ]);
  });

  it('let a token ask for its own successor, and only where the identity is one', () => {
    expect(rulesOf(manifestsOf(), 'Role', 'lambdalet-example-token')).toEqual([
      'create serviceaccounts/token lambdalet-example',
    ]);
    for (const identityMode of ['eks', 'kubeconfig'] as const)
      expect(named(manifestsOf({ identityMode }), 'Role')).toEqual(['lambdalet-example']);
  });

  it.each(COMBINATIONS)(
    'go without anything of another virtual cluster on the same Kubernetes cluster: %o',
    (change) => {
      const namesOf = (clusterName: string) =>
        manifestsOf({ ...change, clusterName }).map(
          ({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`,
        );
      const other = namesOf('other');
      for (const name of namesOf('example')) expect(other).not.toContain(name);
      const wholeOf = manifestsOf({ ...change, clusterName: 'other' }).filter(
        ({ kind }) => kind === 'Namespace',
      );
      const within = wholeOf.map(({ metadata }) => metadata.name);
      for (const { metadata } of manifestsOf({ ...change, clusterName: 'example' }))
        expect(within).not.toContain(metadata.namespace);
    },
  );

  it('cannot be rendered without nodes: an empty list of names would be all names', () => {
    expect(() => renderBootstrap({ ...EXAMPLE, nodeNames: [] })).toThrow(
      'The virtual cluster example has no nodes; name at least one',
    );
  });

  it('take names that YAML would read as something else', () => {
    const nodeNames = ['1e3', 'null', '0x1f', 'true', '2026-11-22', 'on'];
    expect(rulesOf(manifestsOf({ nodeNames }), 'ClusterRole')).toContain(
      `patch nodes/status ${nodeNames.join(' ')}`,
    );
  });
});

describe('the policy that confines the functions', () => {
  const policyOf = (change: Partial<BootstrapInput>) =>
    manifestsOf(change).find(({ kind }) => kind === 'ValidatingAdmissionPolicy');

  it('judges their requests only', () => {
    const judged = (identityMode: BootstrapInput['identityMode']) =>
      policyOf({ identityMode })?.spec?.matchConditions.map(({ expression }) => expression);
    expect(judged('eks')).toEqual(["'lambdalet-example' in request.userInfo.groups"]);
    const account = [
      "request.userInfo.username == 'system:serviceaccount:lambdalet-example:lambdalet-example'",
    ];
    expect(judged('kubeconfig')).toEqual(account);
    expect(judged('token')).toEqual(account);
  });

  it('knows every node', () => {
    expect(policyOf({ nodeNames: ['a', '1e3'] })?.spec?.variables).toEqual([
      { name: 'nodes', expression: "['a', '1e3']" },
    ]);
  });

  it('lets only an identity that renews its token have one that is bound to no pod', () => {
    const ofTokens = (identityMode: BootstrapInput['identityMode']) =>
      policyOf({ identityMode })?.spec?.validations.at(-1)?.expression;
    expect(ofTokens('token')).toContain("request.name == 'lambdalet-example'");
    expect(ofTokens('kubeconfig')).not.toContain('request.name');
  });

  it('is there when it is asked for, and not where NodeRestriction does more', () => {
    expect(policyOf({ admissionPolicy: false })).toBeUndefined();
    expect(policyOf({ impersonateNodes: true })).toBeUndefined();
    expect(renderBootstrap({ ...EXAMPLE, impersonateNodes: true })).toContain(
      'There is no admission policy to confine them: NodeRestriction does.',
    );
  });
});

describe('the flow schemas', () => {
  const levelsOf = (change: Partial<BootstrapInput>) =>
    manifestsOf(change)
      .filter(({ kind }) => kind === 'FlowSchema')
      .map(({ spec }) => spec?.priorityLevelConfiguration.name);

  it('put heartbeats among those of kubelets, and the rest before other service accounts', () => {
    expect(levelsOf({})).toEqual(['node-high', 'workload-high']);
    expect(levelsOf({ identityMode: 'eks' })).toEqual(['node-high', 'workload-high']);
  });

  it('are not needed for the heartbeats of functions that act as nodes', () => {
    expect(levelsOf({ impersonateNodes: true })).toEqual(['workload-high']);
  });

  it('are left out where they are not asked for', () => {
    expect(levelsOf({ flowSchema: false })).toEqual([]);
  });
});

describe('the patch of a DaemonSet', () => {
  it('keeps its pods off virtual nodes', () => {
    expect(parse(renderDaemonSetPatch())).toHaveProperty(
      [
        'spec',
        'template',
        'spec',
        'affinity',
        'nodeAffinity',
        'requiredDuringSchedulingIgnoredDuringExecution',
      ],
      {
        nodeSelectorTerms: [
          { matchExpressions: [{ key: 'type', operator: 'NotIn', values: ['virtual-kubelet'] }] },
        ],
      },
    );
  });
});

describe('infra/bootstrap.yaml', () => {
  // `vitest run test/infra/bootstrap.test.ts --update` writes it anew.
  it('is what is rendered for the example', async () => {
    await expect(renderBootstrap(EXAMPLE)).toMatchFileSnapshot(
      join(import.meta.dirname, '../../infra/bootstrap.yaml'),
    );
  });
});

describe('the rights of a gateway', () => {
  const kubelet = { signer: 'kubernetes.io/kubelet-serving', approves: false } as const;
  const ROLE = 'lambdalet-example-gateway';

  it('are there only with a gateway', () => {
    expect(named(manifestsOf(), 'ClusterRole')).not.toContain(ROLE);
    expect(named(manifestsOf(), 'Role')).not.toContain(ROLE);
  });

  it('are to ask who calls and what they may, to ask for certificates, and to read whose are good', () => {
    const manifests = manifestsOf({ gateway: kubelet });
    expect(rulesOf(manifests, 'ClusterRole', ROLE)).toEqual([
      'create certificatesigningrequests',
      'create subjectaccessreviews',
      'create tokenreviews',
      'get certificatesigningrequests',
    ]);
    expect(rulesOf(manifests, 'Role', ROLE)).toEqual(['get configmaps extension-apiserver-authentication']);
    expect(named(manifests, 'ClusterRoleBinding')).toContain(ROLE);
    expect(named(manifests, 'RoleBinding')).toContain(ROLE);
  });

  it('are those of a node where it acts as one', () => {
    const manifests = manifestsOf({ gateway: kubelet, impersonateNodes: true });
    expect(named(manifests, 'ClusterRole')).not.toContain(ROLE);
    expect(rulesOf(manifests, 'Role', ROLE)).toHaveLength(1);
  });

  it.each(['kubernetes.io/kubelet-serving', 'beta.eks.amazonaws.com/app-serving'] as const)(
    'have the approval of certificates of one signer, where it is asked for: %s',
    (signer) => {
      const manifests = manifestsOf({ gateway: { signer, approves: true }, impersonateNodes: true });
      expect(rulesOf(manifests, 'ClusterRole', ROLE)).toEqual([
        `approve signers ${signer}`,
        'get certificatesigningrequests',
        'update certificatesigningrequests/approval',
      ]);
    },
  );
});
