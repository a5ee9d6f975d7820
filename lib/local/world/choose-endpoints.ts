/** The variables with which the AWS SDKs and the CLI are told where a service is. */
export const SERVICE_VARIABLES = [
  'AWS_ENDPOINT_URL_ECS',
  'AWS_ENDPOINT_URL_EVENTBRIDGE',
  'AWS_ENDPOINT_URL_DYNAMODB',
  'AWS_ENDPOINT_URL_SECRETS_MANAGER',
  'AWS_ENDPOINT_URL_CLOUDWATCH_LOGS',
  'AWS_ENDPOINT_URL_SQS',
] as const;
export type ServiceVariable = (typeof SERVICE_VARIABLES)[number];

/** Where a service is, and whether that is our own emulator. */
export interface Endpoint {
  readonly url: string;
  readonly isOurs: boolean;
}

export type Endpoints = Readonly<Record<ServiceVariable, Endpoint>>;

/**
 * The user's own endpoint where one is set, by the variable of the service or the one for all services; else ours. SQS is always
 * ours: the queues are what sets the functions off, and that is done here.
 */
export function chooseEndpoints(
  ours: Readonly<Record<ServiceVariable, string>>,
  environment: Readonly<Record<string, string | undefined>>,
): Endpoints {
  const choose = (name: ServiceVariable): Endpoint => {
    const url = environment[name] ?? environment['AWS_ENDPOINT_URL'];
    if (url === undefined || url === '' || name === 'AWS_ENDPOINT_URL_SQS')
      return { url: ours[name], isOurs: true };
    return { url, isOurs: false };
  };
  return Object.fromEntries(SERVICE_VARIABLES.map((name) => [name, choose(name)])) as Endpoints;
}

/** As environment variables. */
export function toVariables(endpoints: Endpoints): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(endpoints).map(([name, { url }]) => [name, url]));
}
