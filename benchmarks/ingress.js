// One target after the other, in turns of a second, so that whatever else the machine does falls on both alike.
import http from 'k6/http';
import { check } from 'k6';
import { Trend } from 'k6/metrics';

const targets = JSON.parse(__ENV.TARGETS);
const trends = Object.fromEntries(Object.keys(targets).map((name) => [name, new Trend(name, true)]));
const body = JSON.stringify({ jsonrpc: '2.0', method: 'call', params: { args: [], kwargs: {}, pad: 'x'.repeat(600) } });

export const options = {
  hosts: JSON.parse(__ENV.HOSTS),
  insecureSkipTLSVerify: true,
  discardResponseBodies: true,
  summaryTrendStats: ['count', 'med', 'p(95)', 'p(99)'],
  scenarios: {
    turns: {
      executor: 'constant-vus',
      vus: Number(__ENV.USERS),
      duration: `${__ENV.SECONDS}s`,
    },
  },
};

export default function () {
  const names = Object.keys(targets);
  const name = names[Math.floor(Date.now() / 1000) % names.length];
  const answer = http.post(targets[name], body, {
    headers: { 'Content-Type': 'application/json', 'Accept-Encoding': 'gzip' },
  });
  check(answer, { 'answered 200': (each) => each.status === 200 });
  trends[name].add(answer.timings.duration);
}

export function handleSummary(data) {
  const failed = data.metrics.checks.values.fails;
  const figures = Object.fromEntries(Object.keys(targets).map((name) => [name, data.metrics[name].values]));
  return { stdout: JSON.stringify({ failed, figures }) };
}
