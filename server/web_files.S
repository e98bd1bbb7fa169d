/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/web_files.S - the files of web/, as they are.
 */
.macro web_file symbol, path
	.global \symbol
	.global \symbol\()_end
\symbol:
	.incbin "\path"
\symbol\()_end:
	.byte 0
.endm

	.section .rodata
web_file web_index_html, "web/index.html"
web_file web_style_css, "web/style.css"
web_file web_lib_js, "web/lib.js"
web_file web_chart_js, "web/chart.js"
web_file web_app_js, "web/app.js"
web_file web_icon_svg, "web/icon.svg"

	.section .note.GNU-stack, "", %progbits
