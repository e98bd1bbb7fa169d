// SPDX-License-Identifier: BSD-2-Clause
// Lines over time, drawn as SVG.
"use strict";

const CHART_SECONDS = 300; // at most; at first it shows less
const CHART_SECONDS_LEAST = 60;

// The next of 1, 2, 5, 10, 20, ...; the next power of two.
const roundTens = (n) => {
	const power = 10 ** Math.floor(Math.log10(n));
	return [1, 2, 5, 10].map((k) => k * power).find((k) => k >= n);
};
const roundTwos = (n) => 2 ** Math.ceil(Math.log2(n));

// series: [{name, label}]; kind: {words(value): as it stands at the left,
// round(value): a good top for that, least: the lowest top}.
class Chart {
	constructor(place, title, series, kind) {
		this.title = title;
		this.series = series;
		this.words = kind.words;
		this.kind = kind;
		this.points = [];
		this.legend = element("div", { class: "legend" });
		this.svg = Chart.node("svg", { class: "chart", role: "img" });
		place.append(this.legend, this.svg);
		new ResizeObserver(() => this.draw()).observe(this.svg);
	}

	static node(name, attributes, text) {
		const e = document.createElementNS("http://www.w3.org/2000/svg", name);
		for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
		if (text !== undefined) e.textContent = text;
		return e;
	}

	// values: one for each of the series; null: nothing is known.
	add(at, values) {
		this.points.push({ at, values });
		while (this.points[0].at < at - CHART_SECONDS) this.points.shift();
		this.draw();
	}

	top() {
		const most = Math.max(this.kind.least, ...this.points.flatMap((p) => p.values.map((v) => v || 0)));
		return this.kind.round(most);
	}

	draw() {
		const width = this.svg.clientWidth, height = this.svg.clientHeight;
		if (width === 0) return;
		const left = 76, right = 8, low = height - 22, high = 10, top = this.top();
		const now = this.points.length ? this.points[this.points.length - 1].at : 0;
		const seconds = Math.max(CHART_SECONDS_LEAST, this.points.length ? now - this.points[0].at : 0);
		const x = (at) => width - right - (now - at) / seconds * (width - left - right);
		const y = (v) => low - v / top * (low - high);
		this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
		this.svg.replaceChildren();
		for (const part of [0, 0.5, 1]) {
			this.svg.append(Chart.node("line", { class: "grid", x1: left, x2: width - right, y1: y(part * top), y2: y(part * top) }));
			this.svg.append(Chart.node("text", { x: left - 8, y: y(part * top) + 4, "text-anchor": "end" }, this.words(part * top)));
		}
		this.svg.append(Chart.node("text", { x: left, y: height - 4 }, durationWords(Math.round(seconds)) + " ago"));
		this.svg.append(Chart.node("text", { x: width - right, y: height - 4, "text-anchor": "end" }, "now"));
		this.series.forEach((s, i) => this.svg.append(Chart.node("path", { class: "line " + s.name, d: this.path(i, x, y) })));
		this.tell();
	}

	path(i, x, y) {
		let d = "", pen = "M";
		for (const p of this.points) {
			if (p.values[i] === null) { pen = "M"; continue; }
			d += `${pen}${x(p.at).toFixed(1)} ${y(p.values[i]).toFixed(1)}`;
			pen = "L";
		}
		return d;
	}

	tell() {
		const last = this.points[this.points.length - 1];
		const words = this.series.map((s, i) => [s, last && last.values[i] !== null ? this.words(last.values[i]) : "–"]);
		this.legend.replaceChildren(...words.map(([s, w]) =>
			element("span", { class: s.name }, (s.name === "write" ? "╌ " : "━ ") + s.label + " ", element("b", {}, w))));
		this.svg.setAttribute("aria-label", this.title + ": " + words.map(([s, w]) => s.label + " " + w).join(", "));
	}
}
