// SPDX-License-Identifier: BSD-2-Clause
// The page: what there is, every two seconds, and what can be done to it.
"use strict";

const LOOK_MS = 2000;
const EVENTS_SHOWN = 200;
let charts = null;
let before = null; // {at, status} of the last look
let timer = 0;
let stopEvents = null;

/* ---- logging in and out ---- */

function showLogin(words) {
	clearTimeout(timer);
	if (stopEvents !== null) stopEvents.abort();
	stopEvents = null;
	before = null;
	sessionStorage.removeItem(TOKEN_KEY);
	byId("content").hidden = byId("logout").hidden = true;
	byId("login").hidden = false;
	byId("login-error").textContent = words;
	setState("", "not connected");
	byId("about").textContent = "";
	byId("token").value = "";
	byId("token").focus();
}

function showContent() {
	byId("login").hidden = true;
	byId("content").hidden = byId("logout").hidden = false;
	if (charts === null) charts = makeCharts();
	followEvents();
}

async function logIn(event) {
	event.preventDefault();
	sessionStorage.setItem(TOKEN_KEY, byId("token").value.trim());
	try {
		await ask("GET", "v1/status"); // alone: each request with a wrong token counts
		await look();
		byId("main").focus();
	} catch (e) {
		showLogin(e.message);
	}
}

function setState(kind, words) {
	const state = byId("state");
	if (state.textContent !== words) state.textContent = words;
	state.className = "pill " + kind;
}

/* ---- looking ---- */

async function look() {
	const token = sessionStorage.getItem(TOKEN_KEY);
	const [status, sessions] = await Promise.all([ask("GET", "v1/status"), ask("GET", "v1/sessions")]);
	if (sessionStorage.getItem(TOKEN_KEY) !== token) return; // logged out meanwhile
	const now = { at: performance.now() / 1000, status };
	if (byId("content").hidden) showContent();
	show(now, sessions.sessions);
	before = now;
	clearTimeout(timer);
	timer = setTimeout(lookAgain, LOOK_MS);
}

async function lookAgain() {
	try {
		await look();
	} catch (e) {
		if (sessionStorage.getItem(TOKEN_KEY) === null) return;
		if (e.status === 401) { showLogin(e.message); return; }
		setState("bad", e.status === 429 ? e.message : "the daemon does not answer");
		clearTimeout(timer);
		timer = setTimeout(lookAgain, LOOK_MS);
	}
}

// What one LUN did since the last look, per second; null: it was not there.
function flow(lun, op, now) {
	const old = before && before.status.luns.find((l) => l.name === lun.name);
	if (!old || old.latency[op].commands > lun.latency[op].commands) return null;
	const seconds = now.at - before.at, a = old.latency[op], b = lun.latency[op];
	const commands = b.commands - a.commands;
	return {
		commands: commands / seconds,
		bytes: (b.bytes - a.bytes) / seconds,
		us: (b.microseconds - a.microseconds),
		count: commands,
	};
}

function total(flows) {
	const known = flows.filter((f) => f !== null);
	const sum = (key) => known.reduce((n, f) => n + f[key], 0);
	const count = sum("count");
	return {
		known: known.length > 0, commands: sum("commands"), bytes: sum("bytes"),
		us: count > 0 ? sum("us") / count : null,
	};
}

function makeCharts() {
	const series = [{ name: "read", label: "read" }, { name: "write", label: "write" }];
	return {
		throughput: new Chart(byId("chart-throughput"), "Throughput", series,
			{ words: (v) => sizeWords(v) + "/s", round: roundTwos, least: 1 << 20 }),
		latency: new Chart(byId("chart-latency"), "Mean latency", series,
			{ words: timeWords, round: roundTens, least: 1000 }),
	};
}

/* ---- showing ---- */

function show(now, sessions) {
	const s = now.status;
	const flows = new Map(s.luns.map((l) => [l.name, { read: flow(l, "read", now), write: flow(l, "write", now) }]));
	const read = total([...flows.values()].map((f) => f.read));
	const write = total([...flows.values()].map((f) => f.write));

	setState("good", "live");
	byId("about").textContent = `${s.version}, up ${durationWords(s.uptime_seconds)}, ${s.configuration.file}`;
	showFaults(s);
	showTiles(s, read, write);
	charts.throughput.add(now.at, [read.known ? read.bytes : null, write.known ? write.bytes : null]);
	charts.latency.add(now.at, [read.us, write.us]);
	fill("luns", s.luns.map((l) => lunRow(l, flows.get(l.name))), "No LUN yet.");
	byId("jobs-section").hidden = s.jobs.length === 0;
	fill("jobs", s.jobs.map(jobRow), "");
	fill("targets", s.targets.map(targetRow), "No target is configured.");
	fill("sessions", sessions.map(sessionRow), "Nobody is logged in.");
}

function showFaults(s) {
	const words = [];
	if (s.configuration.last_reload_failed)
		words.push("The last reload failed; an older configuration is in force. The command tisane check says why.");
	for (const w of s.workers) if (!w.answered) words.push(`Worker ${w.worker} does not answer.`);
	for (const l of s.luns) {
		if (l.flush_failed) words.push(`LUN ${l.name} has lost a write; flushes fail until it is opened again.`);
		if (l.fault) words.push(`LUN ${l.name}: ${l.fault}.`);
		if (l.reserve_short) words.push(`The reserve of LUN ${l.name} is not all there.`);
		if (l.sharing_conflict) words.push(sharingWords(l));
	}
	const place = byId("faults"), all = words.join("\n");
	if (place.dataset.words === all) return;
	place.dataset.words = all;
	place.replaceChildren(...words.map((w) => element("p", { class: "fault" }, w)));
}

function sharingWords(l) {
	const c = l.sharing_conflict;
	return `LUN ${l.name} is written by ${c.held_by}, and ${c.initiator} ${c.refused ? "is refused to" : "writes, too"}.`;
}

function showTiles(s, read, write) {
	const size = s.luns.reduce((n, l) => n + l.size, 0);
	const allocated = s.luns.reduce((n, l) => n + l.allocated, 0);
	const tiles = [
		["Read", read.known ? sizeWords(read.bytes) + "/s" : "–"],
		["Written", write.known ? sizeWords(write.bytes) + "/s" : "–"],
		["Commands", read.known ? (read.commands + write.commands).toFixed(0) + "/s" : "–"],
		["Sessions", s.sessions],
		["Allocated of " + sizeWords(size), sizeWords(allocated)],
		["Logins refused", s.logins.refused],
	];
	byId("tiles").replaceChildren(...tiles.map(([name, value]) =>
		element("div", {}, element("dt", {}, name), element("dd", {}, String(value)))));
}

// Rows that have not changed stay, and so does the focus in them.
function fill(id, rows, none) {
	const body = byId(id).tBodies[0];
	const heads = [...byId(id).tHead.rows[0].cells].map((c) => c.textContent);
	const old = new Map([...body.rows].map((r) => [r.dataset.key, r]));
	if (rows.length === 0) {
		body.replaceChildren(element("tr", {}, element("td", { class: "none", colspan: heads.length }, none)));
		return;
	}
	rows.forEach((r, i) => {
		[...r.cells].forEach((c, k) => c.setAttribute("data-head", heads[k]));
		const kept = old.get(r.dataset.key);
		const row = kept !== undefined ? merge(kept, r) : r;
		if (body.rows[i] !== row) body.insertBefore(row, body.rows[i] || null);
	});
	while (body.rows.length > rows.length) body.lastElementChild.remove();
}

function merge(kept, fresh) {
	[...fresh.cells].forEach((cell, i) => {
		const old = kept.cells[i];
		if (old.innerHTML !== cell.innerHTML && !old.contains(document.activeElement)) old.replaceWith(cell);
	});
	return kept;
}

function cell(...children) { return element("td", {}, element("div", {}, ...children)); }

function action(words, label, danger, act) {
	return element("button", { type: "button", class: danger ? "danger" : "plain", "aria-label": label, onclick: act }, words);
}

function flowCell(f, all) {
	if (f === null) return cell("–");
	const mean = f.count > 0 ? timeWords(f.us / f.count) : "–";
	return cell(element("span", { class: "words" }, `${f.commands.toFixed(0)}/s, ${sizeWords(f.bytes)}/s`), element("br"),
		element("span", { class: "words quiet" }, `${mean}; all ${sizeWords(all)}`));
}

function alarmWords(l) {
	const at = [];
	if (l.threshold > 0) at.push(`${l.threshold} % of it`);
	if (l.pool_threshold > 0 && l.pool_size > 0) at.push(`${l.pool_threshold} % of the space below`);
	return at.length > 0 ? "alarm at " + at.join(", ") : "";
}

function limitWords(l) {
	const limits = [];
	if (l.limit_iops) limits.push(`${l.limit_iops}/s`);
	if (l.limit_bandwidth) limits.push(sizeWords(l.limit_bandwidth) + "/s");
	return limits.join(", ");
}

function spaceCell(l) {
	const alarm = alarmWords(l);
	return cell(element("span", { class: "words" }, `${sizeWords(l.allocated)} of ${sizeWords(l.size)}`),
		element("meter", { min: 0, max: l.size, value: Math.min(l.allocated, l.size),
			"aria-label": `${l.name}: allocated of its size` }),
		alarm ? element("span", { class: "quiet" }, alarm) : null);
}

function lunRow(l, f) {
	const badges = [];
	if (l.read_only) badges.push(element("span", { class: "badge" }, "read-only"));
	if (l.reservation_type > 0) badges.push(element("span", { class: "badge" }, "reserved"));
	if (l.space_low || l.pool_space_low) badges.push(element("span", { class: "badge bad" }, "little space"));
	if (limitWords(l)) badges.push(element("span", { class: "badge", title: `${l.delayed_commands} commands had to wait` }, "limit " + limitWords(l)));
	if (l.flush_failed) badges.push(element("span", { class: "badge bad" }, "lost a write"));
	if (l.errors > 0) badges.push(element("span", { class: "badge bad" }, l.errors + " errors"));
	return element("tr", { "data-key": l.name },
		cell(element("strong", {}, l.name), " ", ...badges),
		cell(l.store, element("br"), element("span", { class: "quiet mono" }, l.path || "")),
		spaceCell(l), cell(String(l.queue_depth)),
		flowCell(f.read, l.read_bytes), flowCell(f.write, l.write_bytes),
		cell(l.maps.length === 0 ? "–" : l.maps.flatMap((m, i) => [i > 0 ? element("br") : null, `LUN ${m.number} of ${m.target}`])),
		cell(element("div", { class: "actions" }, ...lunActions(l))));
}

function lunActions(l) {
	return [
		action("Grow", "Grow " + l.name, false, () => growLun(l.name)),
		action("Limits", "Limits of " + l.name, false, () => limitLun(l.name)),
		action("Snapshot", "Snapshot of " + l.name, false, () => snapshotLun(l.name)),
		action("Delete", "Delete " + l.name, true, () => deleteLun(l.name)),
	];
}

function jobRow(j) {
	const running = j.state === "running";
	const done = j.total > 0 ? `${sizeWords(j.done)} of ${sizeWords(j.total)}` : "–";
	return element("tr", { "data-key": String(j.id) },
		cell(element("strong", {}, j.what), " ", j.text),
		cell(running ? j.state : element("span", { class: j.state === "failed" ? "error" : "" }, j.state),
			j.error ? element("br") : null, j.error || null),
		cell(running && j.total > 0 ? element("meter", { min: 0, max: j.total, value: j.done, "aria-label": j.what + ": progress" }) : done),
		cell(running ? action("Cancel", `Cancel ${j.what} ${j.text}`, true, () => cancelJob(j)) : "–"));
}

function targetRow(t) {
	const portals = t.portal_groups.flatMap((g) => g.portals.map((p) => p.advertise || p.listen));
	const groups = [...new Set(t.portal_groups.map((g) => g.auth_group))];
	return element("tr", { "data-key": t.name },
		cell(element("strong", {}, t.name), t.alias ? element("br") : null, t.alias || null),
		cell(portals.join(", ")), cell(groups.join(", ")),
		cell(t.luns.map((l) => `${l.number} ${l.name}`).join(", ") || "–"), cell(String(t.sessions)));
}

function sessionRow(s) {
	return element("tr", { "data-key": s.tsih + " " + s.cid },
		cell(element("strong", {}, s.initiator)), cell(s.address),
		cell(s.discovery ? "(discovery)" : s.target), cell(s.portal), cell(String(s.tasks)),
		cell(action("Drop", "Drop the session of " + s.initiator, true, () => dropSession(s))));
}

/* ---- events ---- */

async function followEvents() {
	const stop = stopEvents = new AbortController();
	byId("events").replaceChildren();
	try {
		await follow("v1/events?follow=true", stop.signal, addEvent);
	} catch (e) {
		if (stop.signal.aborted) return;
	}
	if (stopEvents === stop) setTimeout(() => { if (stopEvents === stop) followEvents(); }, LOOK_MS);
}

function addEvent(e) {
	const list = byId("events"), at = new Date((e.time || 0) * 1000);
	list.prepend(element("li", { class: e.level },
		element("time", { datetime: at.toISOString() }, at.toLocaleTimeString()), element("span", {}, e.event)));
	while (list.children.length > EVENTS_SHOWN) list.lastElementChild.remove();
}

/* ---- doing ---- */

function toast(words) {
	byId("toast").textContent = words;
	setTimeout(() => { if (byId("toast").textContent === words) byId("toast").textContent = ""; }, 5000);
}

// o: title, body (elements), ok, danger, act(form) that may throw, done: words.
function openDialog(o) {
	const dialog = byId("dialog"), form = byId("dialog-form"), ok = byId("dialog-ok");
	byId("dialog-title").textContent = o.title;
	byId("dialog-error").textContent = "";
	byId("dialog-body").replaceChildren(...o.body);
	ok.textContent = o.ok;
	ok.className = o.danger ? "danger" : "";
	ok.disabled = false;
	form.onsubmit = async (event) => {
		event.preventDefault();
		ok.disabled = true;
		byId("dialog-error").textContent = "";
		try {
			await o.act(form.elements);
			dialog.close();
			toast(o.done);
			lookAgain();
		} catch (e) {
			byId("dialog-error").textContent = e.message;
			ok.disabled = false;
		}
	};
	dialog.showModal();
	const first = byId("dialog-body").querySelector("input, select");
	(first || byId("dialog-cancel")).focus();
}

function field(name, label, attributes, hint) {
	return element("div", {}, element("label", { for: "f-" + name }, label),
		element("input", { id: "f-" + name, name, autocomplete: "off", ...attributes }),
		hint ? element("span", { class: "hint" }, hint) : null);
}

function choice(name, label, options) {
	return element("div", {}, element("label", { for: "f-" + name }, label),
		element("select", { id: "f-" + name, name }, ...options.map(([v, words]) => element("option", { value: v }, words))));
}

// name: words, what its path looks like, keywords that it has beside.
const STORES = {
	file: ["file", "/srv/vm/vm1.img"],
	lv: ["logical volume", "group/volume", [["thin-pool", "Thin pool of the group, or nothing"]]],
	block: ["block device", "/dev/disk/by-id/..."],
	nbd: ["NBD server", "nbd://host/export"],
	rbd: ["Ceph image", "pool/image", [["user", "User of Ceph"], ["namespace", "Namespace of the pool"], ["conf", "Ceph's configuration"]]],
	tcmu: ["module of tcmu-runner", "qcow//srv/vm/vm1.qcow2"],
	ram: ["memory (lost at the end)", null],
	null: ["nothing (for measuring)", null],
};

// Those of this daemon, also one that this page does not know.
function storesHere() {
	const here = before.status.stores;
	const known = Object.keys(STORES).filter((name) => here.includes(name));
	return [...known, ...here.filter((name) => !(name in STORES))];
}

function storeWords(name) { return STORES[name] || [name, ""]; }

function storeFields(name) {
	const [, path, more] = storeWords(name);
	return [
		path === null ? null : field("path", "Path", { required: true, placeholder: path }),
		...(more || []).map(([word, label]) => field(word, label, {})),
	].filter((e) => e !== null);
}

function storeChoice() {
	const select = choice("store", "Store", storesHere().map((name) => [name, storeWords(name)[0]]));
	const fields = element("div", {});
	const chosen = select.querySelector("select");
	const show = () => fields.replaceChildren(...storeFields(chosen.value));
	chosen.addEventListener("change", show);
	show();
	return [select, fields];
}

function createLun() {
	openDialog({
		title: "Create a LUN",
		body: [
			field("name", "Name", { required: true }),
			...storeChoice(),
			element("div", { class: "two" }, field("size", "Size", { placeholder: "20G" }),
				choice("allocation", "Allocation", [["", "as it is usual"], ["sparse", "sparse"], ["full", "full"]])),
			offerChoice(),
		],
		ok: "Create", done: "The LUN was created.",
		act: (f) => {
			const body = {};
			for (const e of f)
				if (e.name && e.value.trim() !== "") body[e.name] = e.value.trim();
			return ask("POST", "v1/luns", body);
		},
	});
}

function growLun(name) {
	const lun = before.status.luns.find((l) => l.name === name);
	openDialog({
		title: "Grow " + name,
		body: [element("p", {}, `It has ${sizeWords(lun.size)}. Guests that use it are told of the new size; it cannot shrink.`),
			field("size", "New size", { required: true, placeholder: "40G" })],
		ok: "Grow", done: name + " has grown.",
		act: (f) => ask("PATCH", "v1/luns/" + encodeURIComponent(name), { size: f.size.value.trim() }),
	});
}

function rateWords(l, name) {
	const burst = l[name + "_burst"];
	return l[name] ? l[name] + (burst ? " burst " + burst : "") : "none";
}

function percentWords(n) { return n > 0 ? n + "%" : "none"; }

/* Only what was changed is sent. */
function limitLun(name) {
	const lun = before.status.luns.find((l) => l.name === name);
	const now = {
		"limit-iops": rateWords(lun, "limit_iops"), "limit-bandwidth": rateWords(lun, "limit_bandwidth"),
		"threshold": percentWords(lun.threshold), "pool-threshold": percentWords(lun.pool_threshold),
	};
	openDialog({
		title: "Limits of " + name,
		body: [
			field("limit-iops", "Commands a second", { value: now["limit-iops"] }, "1000, 1000 burst 200, none"),
			field("limit-bandwidth", "Bytes a second", { value: now["limit-bandwidth"] }, "100M, none"),
			element("div", { class: "two" }, field("threshold", "Alarm at, of its size", { value: now.threshold }),
				field("pool-threshold", "Alarm at, space below", { value: now["pool-threshold"] })),
		],
		ok: "Change", done: "The limits of " + name + " were changed.",
		act: (f) => {
			const body = {};
			for (const word in now)
				if (f[word].value.trim() !== now[word]) body[word] = f[word].value.trim();
			return ask("PATCH", "v1/luns/" + encodeURIComponent(name), body);
		},
	});
}

function offerChoice() {
	const targets = before.status.targets.map((t) => [t.name, t.name]);
	return choice("target", "Offer it at", [...targets, ["", "no target"]]);
}

function snapshotLun(name) {
	openDialog({
		title: "Snapshot of " + name,
		body: [
			element("p", {}, "A LUN of its own that is " + name + " as it is at this moment."),
			field("name", "Its name", { required: true }),
			choice("kind", "It is", [["v1/snapshots", "a snapshot, read-only"], ["v1/clones", "a clone, to be written"]]),
			choice("blocks", "Its blocks", [["", "are shared until one of them changes"], ["copy", "are copied"]]),
			offerChoice(),
		],
		ok: "Create", done: "It is being made; see Jobs.",
		act: (f) => {
			const body = { lun: name, name: f.name.value.trim() };
			if (f.target.value !== "") body.target = f.target.value;
			if (f.blocks.value !== "") body.copy = true;
			return ask("POST", f.kind.value, body);
		},
	});
}

function cancelJob(j) {
	openDialog({
		title: "Cancel the job",
		body: [element("p", {}, `${j.what} ${j.text}: what it has done is undone.`)],
		ok: "Cancel it", danger: true, done: "The job stops.",
		act: () => ask("DELETE", "v1/jobs/" + j.id),
	});
}

function deleteLun(name) {
	const used = before.status.luns.find((l) => l.name === name).maps.some((m) =>
		before.status.targets.some((t) => t.name === m.target && t.sessions > 0));
	openDialog({
		title: "Delete " + name,
		body: [
			element("p", {}, "It is taken out of the configuration and of its targets. Its data stay where they are."),
			used ? element("p", { class: "error" }, "Initiators are logged in to its target: they lose the disk.") : null,
			field("confirm", `Type ${name} to confirm`, { required: true }),
		].filter((e) => e !== null),
		ok: "Delete", danger: true, done: name + " was deleted.",
		act: async (f) => {
			if (f.confirm.value !== name) throw new Error("That is not its name.");
			await ask("DELETE", "v1/luns/" + encodeURIComponent(name) + (used ? "?force=true" : ""));
		},
	});
}

function dropSession(s) {
	openDialog({
		title: "Drop the session",
		body: [element("p", {}, `${s.initiator} from ${s.address}`),
			element("p", {}, "Its connections are closed. Initiators log in again by themselves, unless the configuration does not admit them any more.")],
		ok: "Drop", danger: true, done: "The session was dropped.",
		act: () => ask("DELETE", "v1/sessions/" + s.tsih),
	});
}

/* ---- start ---- */

document.addEventListener("DOMContentLoaded", () => {
	byId("login").addEventListener("submit", logIn);
	byId("logout").addEventListener("click", () => showLogin(""));
	byId("create").addEventListener("click", createLun);
	byId("dialog-cancel").addEventListener("click", () => byId("dialog").close());
	const level = byId("level"), events = byId("events");
	const filter = () => { events.className = level.value; };
	level.addEventListener("change", filter);
	filter();
	if (sessionStorage.getItem(TOKEN_KEY) === null) showLogin("");
	else lookAgain();
});
