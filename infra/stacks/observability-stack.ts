import { Stack } from 'aws-cdk-lib';
import type { StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { LoopAlarms } from '../constructs/loop-alarms.ts';
import { LoopDashboard } from '../constructs/loop-dashboard.ts';
import type { Deployment } from '../deployment-schema.ts';
import { FUNCTION_NAMES, namesOf } from '../names.ts';
import type { ControlLoopStack } from './control-loop-stack.ts';
import type { StateStack } from './state-stack.ts';

export interface ObservabilityStackProps extends StackProps {
  readonly deployment: Deployment;
  readonly state: StateStack;
  readonly controlLoop: ControlLoopStack;
}

/** The dashboard and the alarms: apart, so that they can be changed or left out without touching the loop. */
export class ObservabilityStack extends Stack {
  constructor(scope: Construct, id: string, props: ObservabilityStackProps) {
    super(scope, id, props);
    const { deployment, state, controlLoop } = props;
    const shared = {
      nodes: deployment.nodes.map(({ name }) => name),
      functions: FUNCTION_NAMES.map((name) => {
        const { function: made, logGroup } = controlLoop.functions[name];
        return { name, function: made, logGroup };
      }),
      taskEventQueue: state.taskEventQueue,
      deadLetterQueue: state.deadLetterQueue,
    };
    const { alarms } = new LoopAlarms(this, 'Alarms', {
      ...shared,
      clusterName: deployment.cluster,
      ...(deployment.alarms === undefined ? {} : { topic: deployment.alarms.topic }),
    });
    new LoopDashboard(this, 'Dashboard', {
      ...shared,
      dashboardName: namesOf(deployment).dashboard,
      alarms,
    });
  }
}
