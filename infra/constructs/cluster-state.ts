import { Duration } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { ClusterSettings } from '../cluster-settings.ts';
import { FUNCTION_SHAPES } from '../function-shapes.ts';
import { namesOf } from '../names.ts';
import { PodFilesBucket } from './pod-files-bucket.ts';
import { PodLogs } from './pod-logs.ts';
import { RecordTable } from './record-table.ts';
import { TaskEventQueue } from './task-event-queue.ts';
import { TriggerQueue } from './trigger-queue.ts';

export interface ClusterStateProps {
  readonly settings: ClusterSettings;
}

/** Everything that holds state, apart from what acts on it: the control loop can be destroyed and rebuilt without losing any. */
export class ClusterState extends Construct {
  readonly table: Table;
  readonly podLogGroup: LogGroup;
  readonly filesBucket: Bucket;
  readonly heartbeatQueue: Queue;
  readonly podSyncQueue: Queue;
  readonly taskEventQueue: Queue;
  readonly deadLetterQueue: Queue;

  constructor(scope: Construct, id: string, { settings }: ClusterStateProps) {
    super(scope, id);
    const names = namesOf(settings);
    const keep = settings.profile === 'production';
    const key =
      settings.encryptionKeyArn === undefined
        ? {}
        : { encryptionKey: Key.fromKeyArn(this, 'Key', settings.encryptionKeyArn) };
    this.table = new RecordTable(this, 'Records', { keep, ...key }).table;
    this.podLogGroup = new PodLogs(this, 'PodLogs', {
      logGroupName: names.podLogGroup,
      retentionDays: settings.podLogRetentionDays,
      keep,
      ...key,
    }).logGroup;
    this.filesBucket = new PodFilesBucket(this, 'PodFiles', { keep, ...key }).bucket;
    this.heartbeatQueue = new TriggerQueue(this, 'HeartbeatTrigger', {
      visibilityTimeout: Duration.seconds(FUNCTION_SHAPES['node-heartbeat'].timeoutSeconds * 6),
      ...key,
    }).queue;
    // Not six times: that would outlive the retention by far, and a pod-sync that failed is followed by the next beat anyway.
    this.podSyncQueue = new TriggerQueue(this, 'PodSyncTrigger', {
      visibilityTimeout: Duration.seconds(FUNCTION_SHAPES['pod-sync'].timeoutSeconds),
      ...key,
    }).queue;
    const taskEvents = new TaskEventQueue(this, 'TaskEvents', {
      ruleName: names.taskEventRule,
      functionTimeout: Duration.seconds(FUNCTION_SHAPES['task-events'].timeoutSeconds),
      ...key,
    });
    this.taskEventQueue = taskEvents.queue;
    this.deadLetterQueue = taskEvents.deadLetterQueue;
  }
}
