// SPDX-License-Identifier: BSD-2-Clause
// What the page's parts share: elements, words for numbers, calls of the API.
"use strict";

const TOKEN_KEY = "tisane-token";

// element("td", {class: "x"}, "text", child, ...): text is never taken for HTML.
function element(name, attributes, ...children) {
	const e = document.createElement(name);
	for (const [k, v] of Object.entries(attributes || {})) {
		if (k === "onclick") e.addEventListener("click", v);
		else if (v === true) e.setAttribute(k, "");
		else if (v !== false && v !== undefined && v !== null) e.setAttribute(k, v);
	}
	e.append(...children.flat().filter((c) => c !== null && c !== undefined));
	return e;
}

function byId(id) { return document.getElementById(id); }

function sizeWords(bytes) {
	const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
	let u = 0;
	while (bytes >= 1024 && u < units.length - 1) { bytes /= 1024; u++; }
	return (u === 0 || bytes >= 100 || Number.isInteger(bytes) ? bytes.toFixed(0) : bytes.toFixed(1)) + " " + units[u];
}

function timeWords(us) {
	if (us < 1000) return us.toFixed(0) + " µs";
	if (us < 1e6) return (us / 1e3).toFixed(us < 1e4 && us % 1e3 !== 0 ? 1 : 0) + " ms";
	return (us / 1e6).toFixed(1) + " s";
}

function durationWords(s) {
	if (s < 120) return s + " s";
	if (s < 7200) return Math.floor(s / 60) + " min";
	if (s < 172800) return Math.floor(s / 3600) + " h " + Math.floor(s / 60 % 60) + " min";
	return Math.floor(s / 86400) + " d " + Math.floor(s / 3600 % 24) + " h";
}

class Refused extends Error {
	constructor(status, text) { super(text); this.status = status; }
}

function authorization() {
	return { Authorization: "Bearer " + (sessionStorage.getItem(TOKEN_KEY) || "") };
}

// The answer's object; a Refused with the daemon's words otherwise.
async function ask(method, path, body) {
	const options = { method, headers: authorization(), cache: "no-store" };
	if (body !== undefined) {
		options.headers["Content-Type"] = "application/json";
		options.body = JSON.stringify(body);
	}
	const answer = await fetch(path, options);
	let o = {};
	try { o = await answer.json(); } catch (e) { o = { error: "HTTP status " + answer.status }; }
	if (answer.ok) return o;
	throw new Refused(answer.status, [o.error, ...(o.messages || [])].join("\n"));
}

// One call of line() for each line of an answer that goes on.
async function follow(path, signal, line) {
	const answer = await fetch(path, { headers: authorization(), cache: "no-store", signal });
	if (!answer.ok) throw new Refused(answer.status, "no events");
	const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
	let rest = "";
	for (;;) {
		const { done, value } = await reader.read();
		if (done) return;
		const lines = (rest + value).split("\n");
		rest = lines.pop();
		for (const l of lines) if (l !== "") line(JSON.parse(l));
	}
}
