/* SPDX-License-Identifier: ISC */
#include "origin.h"

#include "base/auto.h"

#include <curl/curl.h>
#include <strings.h>

JWT_AUTO_TYPE(curlu, CURLU *, curl_url_cleanup);

/* Compared without case: curl leaves that of a host as it is written. */
static bool
same_part(CURLU *a, CURLU *b, CURLUPart part)
{
	char *x = NULL, *y = NULL;
	bool same =
		curl_url_get(a, part, &x, CURLU_DEFAULT_PORT) == CURLUE_OK &&
		curl_url_get(b, part, &y, CURLU_DEFAULT_PORT) == CURLUE_OK &&
		strcasecmp(x, y) == 0;

	curl_free(x);
	curl_free(y);
	return same;
}

bool
url_same_origin(const char *a, const char *b)
{
	JWT_AUTO(curlu) one = curl_url();
	JWT_AUTO(curlu) two = curl_url();

	return one != NULL && two != NULL &&
	       curl_url_set(one, CURLUPART_URL, a, 0) == CURLUE_OK &&
	       curl_url_set(two, CURLUPART_URL, b, 0) == CURLUE_OK &&
	       same_part(one, two, CURLUPART_SCHEME) &&
	       same_part(one, two, CURLUPART_HOST) &&
	       same_part(one, two, CURLUPART_PORT);
}
