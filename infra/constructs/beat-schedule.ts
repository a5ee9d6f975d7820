import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { ClusterSettings } from '../cluster-settings.ts';
import { keyStatements } from './key-statements.ts';
import { makeRole } from './make-role.ts';

/** Entries of one batch: the limit of SendMessageBatch. */
const BATCH = 10;
/** Seconds between two beats: with a grace of 40 s (50 s from Kubernetes 1.32) two lost beats in a row are survived. */
const SPACING_SECONDS = 12;

export interface BeatScheduleProps {
  readonly queue: IQueue;
  readonly group: CfnScheduleGroup;
  readonly description: string;
  readonly settings: Pick<ClusterSettings, 'rolePath' | 'permissionsBoundaryArn' | 'encryptionKeyArn'>;
}

/**
 * A beat each 12 s from a scheduler that knows only minutes: each minute it sends one batch of ten messages, delayed by 0, 12, ..
 * 108 s. A batch covers two minutes, so a late or a missed fire leaves no gap; the functions drop what is one too many. No code
 * runs in between: the target is the SQS API itself. Nothing is retried, because the next minute brings the next batch.
 */
export class BeatSchedule extends Construct {
  readonly schedule: CfnSchedule;

  constructor(scope: Construct, id: string, props: BeatScheduleProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const role = makeRole(this, 'Role', {
      // Only schedules of this group, in this account, may use the role (the confused deputy).
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': stack.account, 'aws:SourceArn': props.group.attrArn },
        },
      }),
      description: props.description,
      settings: props.settings,
    });
    role.addToPolicy(
      new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [props.queue.queueArn] }),
    );
    for (const statement of keyStatements(stack, props.settings, ['sqs'])) role.addToPolicy(statement);
    this.schedule = new CfnSchedule(this, 'Schedule', {
      description: props.description,
      groupName: props.group.ref,
      scheduleExpression: 'rate(1 minute)',
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: `arn:${stack.partition}:scheduler:::aws-sdk:sqs:sendMessageBatch`,
        roleArn: role.roleArn,
        input: stack.toJsonString({ QueueUrl: props.queue.queueUrl, Entries: entries() }),
        retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
      },
    });
    // Scheduler tries the role when the schedule is made.
    this.schedule.node.addDependency(role);
  }
}

function entries(): readonly object[] {
  return Array.from({ length: BATCH }, (_, at) => ({
    Id: `beat-${at}`,
    MessageBody: JSON.stringify({ delaySeconds: at * SPACING_SECONDS }),
    DelaySeconds: at * SPACING_SECONDS,
  }));
}
