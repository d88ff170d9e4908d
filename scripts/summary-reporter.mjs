import { writeFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

const firstLine = ({ message }) =>
  stripVTControlCharacters(message ?? 'no message')
    .split('\n', 1)[0]
    .slice(0, 300);

/** Writes how many tests passed, and a line for whatever did not, to the file that SUMMARY_FILE names. */
export default class SummaryReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const notPassed = tests.filter((test) => test.result().state !== 'passed');
    const failures = [
      ...modules.flatMap((module) => module.errors().map((error) => `${module.relativeModuleId}: ${firstLine(error)}`)),
      ...notPassed.map((test) => {
        const { state, errors } = test.result();
        return `${test.module.relativeModuleId} > ${test.fullName}: ${errors?.length ? errors.map(firstLine).join(' | ') : state}`;
      }),
      ...unhandledErrors.map((error) => `outside the tests: ${firstLine(error)}`),
    ];
    const summary = { total: tests.length, passed: tests.length - notPassed.length, failures };
    writeFileSync(process.env.SUMMARY_FILE, JSON.stringify(summary));
  }
}
