import { fork } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { artifactOf, releaseOf } from './release.mjs';

const servicePath = fileURLToPath(new URL('./service.mjs', import.meta.url));
const startLimitMs = 10_000;
const drainLimitMs = 10_000;
const stopLimitMs = 5_000;

/** An answer to an admin request that is not a success. */
export class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** One place for one process of the service, on a port of its own. What crashes is not started again. */
export class Slot {
  #process = null; // { child, exited, listening, release, digest, isListening, stopping }
  #inFlight = 0;
  #onIdle = () => {};

  constructor(name, port, logFile) {
    this.name = name;
    this.port = port;
    this.logFile = logFile;
  }

  /** Whether requests may be sent here. */
  get isServing() {
    return this.#process !== null && this.#process.isListening && this.#process.stopping === null;
  }

  get release() {
    return this.#process?.release ?? null;
  }

  describe() {
    const { release = null, digest = null } = this.#process ?? {};
    return { name: this.name, port: this.port, running: this.#process !== null, release, digest };
  }

  /** Starts the artifact and waits until it listens. True: started; false: it was running already. */
  async start({ uri, digest } = {}) {
    const release = releaseOf(uri);
    if (release === undefined) throw new Refusal(422, 'this is no artifact of the shop');
    // What is run is found out here, never taken over from the one who asks.
    const found = artifactOf(release).digest;
    if (found !== digest) throw new Refusal(422, `${uri} has the digest ${found}`);
    const running = this.#process;
    if (running?.stopping) throw new Refusal(409, `${this.name} is stopping`);
    if (running && running.release !== release) throw new Refusal(409, `${this.name} runs ${running.release}`);
    this.#process ??= this.#spawn(release, digest);
    if (!(await this.#process.listening)) throw new Refusal(502, `${release} did not start`);
    return running === null;
  }

  /** Waits for the requests in flight, then ends the process. Nothing may be sent here any more. */
  async stop() {
    const running = this.#process;
    if (running) await (running.stopping ??= this.#end(running));
  }

  /** Notes a request that is on its way to this slot; the answer says that it is over. */
  enter() {
    this.#inFlight += 1;
    return () => {
      this.#inFlight -= 1;
      if (this.#inFlight === 0) this.#onIdle();
    };
  }

  #spawn(release, digest) {
    const log = openSync(this.logFile, 'a');
    const child = fork(
      servicePath,
      ['--slot', this.name, '--port', String(this.port), '--release', release, '--digest', digest],
      { stdio: ['ignore', log, log, 'ipc'], execArgv: [] },
    );
    closeSync(log);
    const running = { child, release, digest, isListening: false, stopping: null };
    running.exited = new Promise((resolve) => {
      child.once('exit', resolve);
      child.once('error', resolve);
    }).then(() => {
      if (this.#process === running) this.#process = null;
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), startLimitMs);
    const told = new Promise((resolve) => child.once('message', () => resolve(true)));
    running.listening = Promise.race([told, running.exited.then(() => false)]).then((isListening) => {
      clearTimeout(timer);
      running.isListening = isListening;
      return isListening;
    });
    return running;
  }

  async #end({ child, exited }) {
    // The connection of a request may still wait to be accepted; a process that closes its socket would cut it.
    const idle = new Promise((resolve) => (this.#onIdle = resolve));
    if (this.#inFlight > 0) await Promise.race([idle, sleep(drainLimitMs, undefined, { ref: false })]);
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
    await exited;
    clearTimeout(timer);
  }
}
