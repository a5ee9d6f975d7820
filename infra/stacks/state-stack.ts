import { Duration, Stack } from 'aws-cdk-lib';
import type { StackProps } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { PodFilesBucket } from '../constructs/pod-files-bucket.ts';
import { PodLogs } from '../constructs/pod-logs.ts';
import { RecordTable } from '../constructs/record-table.ts';
import { TaskEventQueue } from '../constructs/task-event-queue.ts';
import { TriggerQueue } from '../constructs/trigger-queue.ts';
import type { Deployment } from '../deployment-schema.ts';
import { FUNCTION_SHAPES } from '../function-shapes.ts';
import { namesOf } from '../names.ts';

export interface StateStackProps extends StackProps {
  readonly deployment: Deployment;
}

/** Everything that holds state, apart from what acts on it: the control loop can be destroyed and rebuilt without losing any. */
export class StateStack extends Stack {
  readonly table: Table;
  readonly podLogGroup: LogGroup;
  readonly filesBucket: Bucket;
  readonly heartbeatQueue: Queue;
  readonly podSyncQueue: Queue;
  readonly taskEventQueue: Queue;
  readonly deadLetterQueue: Queue;

  constructor(scope: Construct, id: string, props: StateStackProps) {
    const keep = props.deployment.profile === 'production';
    super(scope, id, { terminationProtection: keep, ...props });
    const names = namesOf(props.deployment);
    this.table = new RecordTable(this, 'Records', { keep }).table;
    this.podLogGroup = new PodLogs(this, 'PodLogs', {
      logGroupName: names.podLogGroup,
      retentionDays: props.deployment.podLogs.retentionDays,
      keep,
    }).logGroup;
    this.filesBucket = new PodFilesBucket(this, 'PodFiles', { keep }).bucket;
    this.heartbeatQueue = new TriggerQueue(this, 'HeartbeatTrigger', {
      visibilityTimeout: Duration.seconds(FUNCTION_SHAPES['node-heartbeat'].timeoutSeconds * 6),
    }).queue;
    // Not six times: that would outlive the retention by far, and a pod-sync that failed is followed by the next beat anyway.
    this.podSyncQueue = new TriggerQueue(this, 'PodSyncTrigger', {
      visibilityTimeout: Duration.seconds(FUNCTION_SHAPES['pod-sync'].timeoutSeconds),
    }).queue;
    const taskEvents = new TaskEventQueue(this, 'TaskEvents', {
      ruleName: names.taskEventRule,
      functionTimeout: Duration.seconds(FUNCTION_SHAPES['task-events'].timeoutSeconds),
    });
    this.taskEventQueue = taskEvents.queue;
    this.deadLetterQueue = taskEvents.deadLetterQueue;
  }
}
