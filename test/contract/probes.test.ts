import { createProbes } from '../../lib/adapters/probes/create-probes.ts';
import { freePlace, startProbed, type Probed } from '../adapters/probes/start-probed.ts';
import { createMemoryProbes } from '../memory/memory-probes.ts';
import { probesContract } from './probes.contract.ts';

probesContract('memory', () => {
  const probes = createMemoryProbes();
  let served = 0;
  return Promise.resolve({
    probes,
    serve: (server) => {
      const place = { podIP: `10.0.0.${(served += 1)}`, port: 80 };
      probes.serve(`${place.podIP}:80`, server);
      return Promise.resolve(place);
    },
    nobody: () => Promise.resolve({ podIP: '10.9.9.9', port: 80 }),
    close: () => Promise.resolve(),
  });
});

probesContract('sockets', () => {
  const servers: Probed[] = [];
  return Promise.resolve({
    probes: createProbes({ isAllowed: () => true }),
    serve: async (server) => {
      const probed = await startProbed(server);
      servers.push(probed);
      return probed;
    },
    nobody: freePlace,
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
    },
  });
});
