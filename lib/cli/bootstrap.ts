import { bootstrapInputOf } from '../../infra/bootstrap-input.ts';
import { renderDaemonSetPatch } from '../../infra/bootstrap/render-daemonset-patch.ts';
import { renderBootstrap } from '../../infra/render-bootstrap.ts';
import { chooseCluster } from './choose-cluster.ts';
import { defineCommand } from './define-command.ts';
import { CLUSTER, CONFIG, OUTPUT } from './option-table.ts';
import { UsageError } from './usage-error.ts';
import { writeJson } from './write-json.ts';

/** `lambdalet bootstrap` */
export const run = defineCommand({
  name: 'bootstrap',
  synopsis: '-c FILE [--cluster NAME] [options] | kubectl apply -f -',
  about: `Prints what an administrator applies to the Kubernetes cluster before the first deployment, and again whenever its nodes or its
identity change: the rights of the functions, each with its reason. Asks nobody anything.`,
  options: {
    config: CONFIG,
    cluster: CLUSTER,
    'daemonset-patch': {
      type: 'boolean',
      about: 'print the patch that keeps a DaemonSet off the virtual nodes instead; it needs no -c',
    },
    output: { ...OUTPUT, about: 'text (default): YAML; json: the YAML as a text in JSON' },
  },
  run: (given, io) => {
    const yaml = given['daemonset-patch'] ? renderDaemonSetPatch() : rendered(given);
    if (given.output === 'json') writeJson(io, 'Bootstrap', { yaml });
    else io.stdout.write(yaml.endsWith('\n') ? yaml : `${yaml}\n`);
    return Promise.resolve(0);
  },
});

function rendered({ config, cluster }: Named): string {
  if (config === undefined) throw new UsageError(['there is no deployment file: give -c FILE']);
  return renderBootstrap(bootstrapInputOf(chooseCluster(config, cluster).settings));
}

interface Named {
  readonly config: string | undefined;
  readonly cluster: string | undefined;
}
