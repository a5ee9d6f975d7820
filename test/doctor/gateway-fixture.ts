// A deployment with a gateway, and the AWS and the Node that go with it.
import type { Trouble } from './doctor-here.ts';
import type { AwsScript } from './script-aws.ts';

/** Answers of ECS about the gateway at 10.0.1.7. */
export const gatewayAws = (service: object = {}, insights = 'enabled'): AwsScript => ({
  'ecs:DescribeClusters': {
    clusters: [
      {
        status: 'ACTIVE',
        capacityProviders: ['FARGATE', 'FARGATE_SPOT'],
        settings: [{ name: 'containerInsights', value: insights }],
      },
    ],
  },
  'ecs:DescribeServices': { services: [{ status: 'ACTIVE', desiredCount: 1, runningCount: 1, ...service }] },
  'ecs:ListTasks': { taskArns: ['arn:task'] },
  'ecs:DescribeTasks': {
    tasks: [
      {
        stoppedReason: 'CannotPullContainerError: no route',
        attachments: [{ details: [{ name: 'privateIPv4Address', value: '10.0.1.7' }] }],
      },
    ],
  },
});

/** The node of the deployment with an address and a port. */
export const gatewayNode = (address: string, port: number): object => ({
  metadata: { name: 'fargate', uid: 'u', resourceVersion: '1' },
  status: {
    nodeInfo: { kubeletVersion: 'v1.36.0-lambdalet' },
    conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }],
    addresses: [{ type: 'InternalIP', address }],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
  },
});

/** All is well. */
export const WITH_GATEWAY = {
  deployment: {
    cluster: {
      gateway: { subnets: ['subnet-0a000001'], securityGroups: ['sg-0a000001'], containerInsights: true },
    },
  },
  aws: gatewayAws(),
  cluster: { '/nodes/fargate': gatewayNode('10.0.1.7', 10_250) },
} as const satisfies Trouble;
