import type { Chance, IdSource, Place } from './aws-model.ts';
import type { AwsModel } from './aws-model.ts';
import { createEcsModel } from './ecs/ecs-model.ts';
import type { EcsModel, EcsOptions } from './ecs/ecs-model.ts';
import { createEventBridgeModel } from './eventbridge/eventbridge-model.ts';
import type { EventBridgeModel } from './eventbridge/eventbridge-model.ts';
import type { EventPattern } from './eventbridge/match-pattern.ts';
import { createLogsModel } from './logs/logs-model.ts';
import type { LogsModel } from './logs/logs-model.ts';
import { createSecretsManagerModel } from './secrets-manager/secrets-manager-model.ts';
import { createSqsModel } from './sqs/sqs-model.ts';
import type { SqsModel } from './sqs/sqs-model.ts';

/** The emulated account: one model per service. */
export interface AwsModels {
  readonly ecs: EcsModel;
  readonly sqs: SqsModel;
  readonly eventBridge: EventBridgeModel;
  readonly secretsManager: AwsModel;
  readonly logs: LogsModel;
}

/** What the emulated account is made of; the ECS options are those of `createEcsModel`. */
export interface AwsModelsOptions extends Omit<EcsOptions, 'onEvent' | 'logs'> {
  readonly place: Place;
  readonly ids: IdSource;
  readonly chance: Chance;
}

/** Makes the models and wires them as AWS does: ECS tells EventBridge, containers log to CloudWatch Logs. */
export function createAwsModels(options: AwsModelsOptions): AwsModels {
  const { place, ids } = options;
  const eventBridge = createEventBridgeModel({ place, ids });
  const logs = createLogsModel({ place });
  const onEvent: EcsOptions['onEvent'] = (event, at) => eventBridge.publish(event, at);
  return {
    ecs: createEcsModel({ ...options, onEvent, logs: logs.sink }),
    sqs: createSqsModel({ place, ids }),
    eventBridge,
    secretsManager: createSecretsManagerModel({ place, ids }),
    logs,
  };
}

/** Adds the rule that sends matching events to a queue, each as the JSON of its envelope. */
export function routeToQueue(
  { eventBridge, sqs }: Pick<AwsModels, 'eventBridge' | 'sqs'>,
  rule: { readonly pattern: EventPattern; readonly queueUrl: string },
): void {
  eventBridge.addRule({
    pattern: rule.pattern,
    target: (event, at) => {
      sqs.handle('SendMessage', { QueueUrl: rule.queueUrl, MessageBody: JSON.stringify(event) }, at);
    },
  });
}
