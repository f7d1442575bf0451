// peer.mjs - DuckDB behind the same protocol as psql, one thread
//
//	node peer.mjs FILE.db
//
// A line is a statement, whose rows it prints as psql does unaligned;
// "\time N STATEMENT" prints the milliseconds of one execution, mean of N;
// "\echo TEXT" prints the text.  A failure is a line that begins with "ERROR:".

import { createInterface } from 'node:readline';
import { performance } from 'node:perf_hooks';
import { DuckDBInstance } from '@duckdb/node-api';

const instance = await DuckDBInstance.create(process.argv[2], { threads: '1' });
const connection = await instance.connect();

function text(value) {
	if (value === null) return '';
	if (value === true) return 't';
	if (value === false) return 'f';
	return String(value);
}

for await (const line of createInterface({ input: process.stdin })) {
	const time = /^\\time (\d+) (.*)$/.exec(line);
	try {
		if (line.startsWith('\\echo ')) {
			console.log(line.slice(6));
		} else if (time) {
			const n = Number(time[1]);
			const start = performance.now();
			for (let i = 0; i < n; i++) {
				await connection.runAndReadAll(time[2]);
			}
			console.log((performance.now() - start) / n);
		} else {
			const rows = (await connection.runAndReadAll(line)).getRows();
			for (const row of rows) console.log(row.map(text).join('|'));
		}
	} catch (error) {
		console.log('ERROR:  ' + String(error.message).replace(/\s+/g, ' '));
	}
}
process.exit(0);
