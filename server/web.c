/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/web.c - the page for browsers, and the control API behind its token.
 */
#include "server/web.h"

#include <errno.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "common/bytes.h"
#include "common/log.h"
#include "server/address.h"
#include "server/api.h"
#include "server/events.h"
#include "server/http.h"
#include "server/tcp.h"
#include "server/tries.h"

#define WEB_BEARER "Bearer "
#define WEB_SCRIPT "text/javascript; charset=utf-8"

/* One page per process. */
static struct tries web_tries;

/* ---- the files; see web_files.S ---- */

#define WEB_FILE(name) extern const char name[], name##_end[]
WEB_FILE(web_index_html);
WEB_FILE(web_style_css);
WEB_FILE(web_lib_js);
WEB_FILE(web_chart_js);
WEB_FILE(web_app_js);
WEB_FILE(web_icon_svg);

/* clang-format off */
static const struct {
	const char *path, *type, *start, *end;
} web_files[] = {
	{ "/", "text/html; charset=utf-8", web_index_html,
	  web_index_html_end },
	{ "/style.css", "text/css; charset=utf-8", web_style_css,
	  web_style_css_end },
	{ "/lib.js", WEB_SCRIPT, web_lib_js, web_lib_js_end },
	{ "/chart.js", WEB_SCRIPT, web_chart_js, web_chart_js_end },
	{ "/app.js", WEB_SCRIPT, web_app_js, web_app_js_end },
	{ "/icon.svg", "image/svg+xml", web_icon_svg, web_icon_svg_end },
};
/* clang-format on */

static void
web_answer(struct http_call *call)
{
	unsigned i;

	for (i = 0; i < ARRAY_LEN(web_files); i++) {
		if (strcmp(call->route->path, web_files[i].path) != 0)
			continue;
		http_reply_text(call, web_files[i].type, web_files[i].start,
		    (size_t)(web_files[i].end - web_files[i].start));
		return;
	}
	http_fail(call, 404, "no such file");
}

/* clang-format off */
static const struct http_route web_pages[] = {
	{ EVHTTP_REQ_GET, "/", "The page", web_answer, NULL },
	{ EVHTTP_REQ_GET, "/style.css", "Its style", web_answer, NULL },
	{ EVHTTP_REQ_GET, "/lib.js", "Its scripts", web_answer, NULL },
	{ EVHTTP_REQ_GET, "/chart.js", "", web_answer, NULL },
	{ EVHTTP_REQ_GET, "/app.js", "", web_answer, NULL },
	{ EVHTTP_REQ_GET, "/icon.svg", "Its icon", web_answer, NULL },
	{ 0, NULL, NULL, NULL, NULL },
};

static const struct http_header web_headers[] = {
	{ "Content-Security-Policy",
	  "default-src 'none'; script-src 'self'; style-src 'self'; "
	  "img-src 'self'; connect-src 'self'; base-uri 'none'; "
	  "form-action 'none'; frame-ancestors 'none'" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "X-Frame-Options", "DENY" },
	{ "Referrer-Policy", "no-referrer" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
	{ "Cache-Control", "no-store" },
	{ NULL, NULL },
};
/* clang-format on */

/* ---- the token ---- */

/* Takes as long whatever is wrong with it. */
static bool
web_is_token(const char *given, const char *token)
{
	uint8_t a[SHA256_DIGEST_LENGTH], b[SHA256_DIGEST_LENGTH];

	SHA256((const uint8_t *)given, strlen(given), a);
	SHA256((const uint8_t *)token, strlen(token), b);
	return CRYPTO_memcmp(a, b, sizeof(a)) == 0;
}

/* As text; "?": nobody knows. */
static const char *
web_peer(struct evhttp_request *request)
{
	struct evhttp_connection *c = evhttp_request_get_connection(request);
	char *address = NULL;
	uint16_t port = 0;

	evhttp_connection_get_peer(c, &address, &port);
	return address != NULL ? address : "?";
}

static int
web_check_token(
    struct server *s, const char *given, const char *peer, const char **why)
{
	uint64_t now_ms = s->loop.home.now_ms;
	struct in6_addr address;
	unsigned zone;

	if (!address_parse_zone(peer, &address, &zone))
		address = in6addr_any;
	if (!tries_may(&web_tries, &address, now_ms)) {
		*why = "too many wrong tokens; wait some seconds";
		return 429;
	}
	if (web_is_token(given, s->config->web->token))
		return 0;
	tries_wrong(&web_tries, &address, now_ms);
	log_warning("web token is wrong address=%s", peer);
	*why = "the token is wrong";
	return 401;
}

/* A browser says where a request comes from; others need not. */
static bool
web_is_foreign(const struct evkeyvalq *headers)
{
	const char *site = evhttp_find_header(headers, "Sec-Fetch-Site");

	return site != NULL && strcmp(site, "same-origin") != 0 &&
	       strcmp(site, "none") != 0;
}

static int
web_gate(struct server *s, struct evhttp_request *request, const char **why)
{
	const struct evkeyvalq *headers =
	    evhttp_request_get_input_headers(request);
	const char *given = evhttp_find_header(headers, "Authorization");
	size_t n = strlen(WEB_BEARER);

	if (web_is_foreign(headers)) {
		*why = "not from another site";
		return 403;
	}
	if (s->config->web == NULL || given == NULL ||
	    strncmp(given, WEB_BEARER, n) != 0) {
		*why = "a token is asked for: Authorization: Bearer TOKEN";
		return 401;
	}
	return web_check_token(s, given + n, web_peer(request), why);
}

/* ---- the port ---- */

int
web_open(struct server *s, const struct config *config)
{
	const char *address;
	int fd, error;

	if (config->web == NULL)
		return 0;
	address = config->web->address;
	fd = tcp_listen(address);
	error = fd < 0 ? fd : events_start(&s->loop);
	if (error == 0)
		s->web = http_new(s, fd, api_routes, false, HTTP_NO_GROUP);
	if (s->web == NULL) {
		log_error("web page cannot be served address=%s error=\"%s\"",
		    address, strerror(error != 0 ? -error : ENOMEM));
		return 1;
	}
	http_publish(s->web, web_pages, web_gate, web_headers);
	log_info("web page address=%s", address);
	return 0;
}

void
web_close(struct server *s)
{
	http_free(s->web);
	s->web = NULL;
}
