import { Construct } from 'constructs';
import type { ClusterSettings } from '../cluster-settings.ts';
import { FUNCTION_NAMES, namesOf } from '../names.ts';
import type { ClusterState } from './cluster-state.ts';
import type { ControlLoop } from './control-loop.ts';
import { LoopAlarms } from './loop-alarms.ts';
import { LoopDashboard } from './loop-dashboard.ts';

export interface ObservabilityProps {
  readonly settings: ClusterSettings;
  readonly state: ClusterState;
  readonly controlLoop: ControlLoop;
}

/** The dashboard and the alarms: apart, so that they can be changed or left out without touching the loop. */
export class Observability extends Construct {
  constructor(scope: Construct, id: string, { settings, state, controlLoop }: ObservabilityProps) {
    super(scope, id);
    const shared = {
      clusterName: settings.cluster,
      nodes: settings.nodes.map(({ name }) => name),
      functions: FUNCTION_NAMES.map((name) => ({ name, function: controlLoop.functions[name].function })),
      taskEventQueue: state.taskEventQueue,
      deadLetterQueue: state.deadLetterQueue,
      ...(settings.runbookUrl !== undefined && { runbookUrl: settings.runbookUrl }),
    };
    const alarms = settings.alarms
      ? new LoopAlarms(this, 'Alarms', {
          ...shared,
          ...(settings.alarmTopicArn !== undefined && { topic: settings.alarmTopicArn }),
        }).alarms
      : [];
    if (settings.dashboard) {
      new LoopDashboard(this, 'Dashboard', {
        ...shared,
        dashboardName: namesOf(settings).dashboard,
        alarms,
      });
    }
  }
}
