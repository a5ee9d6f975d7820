/** A pod of the demo: what it does, and what the cluster is expected to show of it. */
export interface DemoPod {
  readonly name: string;
  /** In the words of the narration. */
  readonly about: string;
  readonly image: string;
  readonly script?: string;
  readonly restartPolicy: 'Always' | 'OnFailure' | 'Never';
  /** The STATUS that kubectl shows in the end. */
  readonly status: string;
  readonly exitCode?: number;
  /** How often it must have been started again by then. */
  readonly restarts?: number;
}

/** One pod for each of the ways that a pod can go. */
export const DEMO_PODS: readonly DemoPod[] = [
  {
    name: 'web',
    about: 'runs on and on',
    image: 'public.ecr.aws/nginx/nginx:1.29',
    restartPolicy: 'Always',
    status: 'Running',
  },
  {
    name: 'report',
    about: 'does its job and completes',
    image: 'public.ecr.aws/docker/library/busybox:1.37',
    script: 'echo counting; sleep 2; echo "$ITEMS items counted"',
    restartPolicy: 'OnFailure',
    status: 'Completed',
    exitCode: 0,
  },
  {
    name: 'import',
    about: 'fails with exit code 3 and stays so (restartPolicy: Never)',
    image: 'public.ecr.aws/docker/library/busybox:1.37',
    script: 'echo "no such bucket"; sleep 1; exit 3',
    restartPolicy: 'Never',
    status: 'Error',
    exitCode: 3,
  },
  {
    name: 'worker',
    about: 'fails again and again, and is started again and again',
    image: 'public.ecr.aws/docker/library/busybox:1.37',
    script: 'sleep 1; exit 1',
    restartPolicy: 'Always',
    status: 'CrashLoopBackOff',
    restarts: 1,
    exitCode: 1,
  },
  {
    name: 'typo',
    about: 'has an image that cannot be pulled',
    image: 'registry.invalid/shop/chekout:1.0',
    restartPolicy: 'Always',
    status: 'ImagePullBackOff',
  },
];

/** The object to create: it asks for the virtual node by label and taint, as any pod must. */
export function toPod(
  { name, image, script, restartPolicy }: Pick<DemoPod, 'name' | 'image' | 'script' | 'restartPolicy'>,
  nodeName?: string,
): object {
  const container = {
    name: 'main',
    image,
    ...(script !== undefined && { command: ['sh', '-c', script] }),
    env: [{ name: 'ITEMS', value: '42' }],
    resources: { requests: { cpu: '250m', memory: '512Mi' } },
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: {
      restartPolicy,
      containers: [container],
      ...(nodeName === undefined ? { nodeSelector: { type: 'virtual-kubelet' } } : { nodeName }),
      tolerations: [
        { key: 'virtual-kubelet.io/provider', operator: 'Exists' },
        { key: 'lambdalet.dev/simulated', operator: 'Exists' },
      ],
    },
  };
}
