/* SPDX-License-Identifier: ISC */
/*
 * The keys of the targets that sign: made for these tests with openssl
 * genpkey, used nowhere else. Kept, so that a finding can be run again.
 */
#ifndef JWT_TESTS_FUZZ_SIGNING_KEYS_H
#define JWT_TESTS_FUZZ_SIGNING_KEYS_H

#define FUZZ_RSA_PEM                                                         \
	"-----BEGIN PRIVATE KEY-----\n"                                      \
	"MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCsDxbVjXP7vLZu\n" \
	"T6ifIljAzVF2BIxalp1tZPBEeCd1YQCBTlNxDbW4uzjbsGRyKYrka8JHdpb1rUpu\n" \
	"G+NjGH/u8eTB9eMQj1f5IT0HXSks9M0f5g8ZhRgBydsECtVxJqgfndU4pu1vAe4j\n" \
	"GL0bkgjr4obRqU5njOxhngZ1VvYRo6V2BLzOdc+U8uY+i2pUiwtNgcyVHO4cLwi8\n" \
	"LhOO9eSIudaQsFIlMzSBY8iD6xTT9bGyOfuxgYjSVz5/B7/p3PhoTt1u9dunF6Yj\n" \
	"dcANISOyXjw1VlfYN1ORbfmAXNNjXHWQRaBJz2tNo9JV+Ul/IGjoQ1TYVIBntrjX\n" \
	"gGLyilgvAgMBAAECggEAMgO+3Pvd46bjFuTT/NIkn4Lvc5F15R1UDMkjKJwOyEmW\n" \
	"tn+4tKvKD7VonT/EqwTVaXnDgzd/QVIKyUAVFKi6A5DQMOuTgixQ48vcLChSAE32\n" \
	"1Jdw+zebl2WAY0fs7JPSmkIsiWfIrBSRDyWxTvLf4gW6r/Z5opMt4WBouzI4nD6O\n" \
	"IeM3FJg6oHSTHmdxYNsdsEErrmlyPncTT5fqfNsQLyM7v4wRwX70wduTGtqBvLQe\n" \
	"SmDBuEwHTPyfuJUueTzqRLmEY04tXKVHKFR8mjLQGgVkWF70bFtb+Dnbvr7T8pVS\n" \
	"YyYPlGnCy/oom7Z9Ed6A1qbW1MPIbv5y8heB5UCLRQKBgQDVRkuTxHfwzqNXFRD9\n" \
	"DZg1QD60zs2jM5U96N5+H3b6LjfpOw8G2zFezQ/lgJ8Cxffs/VKdC/VqYZ8Ht9Rj\n" \
	"JFPR+QIySj3VSzqYIlw+1PDhWJJOYatkmtg8T9M2GznO8VtDMVsbfbx5nWdsNegU\n" \
	"Fl9Ft5gQbK5wTfsYnN9KJzqG8wKBgQDOhxC+IQ3FZQKt+3c+t6BCXRJywxOBR6E4\n" \
	"QxCO/r5qgISW3u9YLpPSSy2HUeM57dKegKgFlfgqYu7pEf9nWugu8GoTdUIofmCF\n" \
	"X0+wA8Sk1wFEHzZFY3iUCkM41bSmFBHVVxGqzNJrO0yhfvVH3j+Sj9kGFkvAGAci\n" \
	"eCD3S+uw1QKBgAw1wg3rqZI3wlIx+o8CQDyMOQrQ7CTzxw+MTXCbDIy2KK1JnEqg\n" \
	"Metjgg15l6DpBJCk0B39mUdF33zpoVcrtUDIKMAIUBHuBKTBEtbmCgRctcOXA+D2\n" \
	"nHqXd1gZpu2aE8d9A+JHCItN36XqUCcWQM4U/Le0ASiczktSb9Ym+MrRAoGBAMjs\n" \
	"sEY5BBvJtLytDArxPLGzuLH7xWsd0+RXorFrdrdIhzX8d+BTmC6cQxQGf8ko7aKU\n" \
	"ymJ8z631CDep8c+MqpyX+qsphg69PIwk+PLmB5bTMgEjWHpTVsi330RY7OIyXlMu\n" \
	"3RpNIF2AmIH5cQnVWAXvepUoddPRzIclVfUhYJBtAoGAU6PHDMuwrjR1QNmEQjlX\n" \
	"ZPNThTt1HXIe9/J2i7r5uF6aOgmKaMMyGvQSlff91LRIJj8HL+hO5jZ1E27/S7v6\n" \
	"5+9MGhPMGmelKkl5R3Q0p46GqRgoiiGnPMcHjvO5sNWAoGx9H/g9EDjDN2AnhnhN\n" \
	"xe1KRy+XA9Jq6o74ISxDOis=\n"                                         \
	"-----END PRIVATE KEY-----\n"

#define FUZZ_P256_PEM                                                        \
	"-----BEGIN PRIVATE KEY-----\n"                                      \
	"MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgATaZXNQa4XWXvVr+\n" \
	"iaJC40shTvMOXRAv0BF0vM6dgy2hRANCAARCf0hXCl34lpJUaLSBLZchnedGKysW\n" \
	"a7IT2yuVHxUJMQzf3DePe0OVnT8PcQzHTrPm+yzoXZkN/I9SMtIewevI\n"         \
	"-----END PRIVATE KEY-----\n"

#define FUZZ_P384_PEM                                                        \
	"-----BEGIN PRIVATE KEY-----\n"                                      \
	"MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDCZwnPALLT6sxnz6S2z\n" \
	"tHXqE1wqeDN3xnm7Udao68pIoFcdnB632Nlp74CKgdWF2l2hZANiAAQ6UDkbn8Ep\n" \
	"iLatzvHdAAIvavnErZg8UT3U2JXAwv1Cds0ZXmysvK+em+H9r9f7VgoAlQ3FF20Y\n" \
	"XuhHTXYGiWkr7pvXlZnzgHd6xdBFrQYu29oBMfxkgxUvkT/awZnh9Gc=\n"         \
	"-----END PRIVATE KEY-----\n"

#define FUZZ_P521_PEM                                                        \
	"-----BEGIN PRIVATE KEY-----\n"                                      \
	"MIHuAgEAMBAGByqGSM49AgEGBSuBBAAjBIHWMIHTAgEBBEIAu1fgTj3jVwZq7Pa7\n" \
	"P508qq5NaxJJEktxJjJ8nymf7vaNzxYLjnZeNeoTENuSOJh5gqyknKp0vc8vtmng\n" \
	"lgurDN6hgYkDgYYABACB1yVXbEyQ9SlXani/f157DbGVaCXC+DdN9AqtnhSKP3fX\n" \
	"TYoTsIddTB0tR1cvNWCuwWM4vhTsZ/5+1NqQzbWZrQEm6ci1QQqBIYjpM5ywKNz1\n" \
	"HyWe6Lp0OPk5ynJTqoeyij6b0k7fRg2Yw899vlP4ghAEI0ylAAnjwZOZp+BKu6JD\n" \
	"kQ==\n"                                                             \
	"-----END PRIVATE KEY-----\n"

#define FUZZ_ED25519_PEM                                                     \
	"-----BEGIN PRIVATE KEY-----\n"                                      \
	"MC4CAQAwBQYDK2VwBCIEIBsUZgW4gzgONeQNtlNxDrKOmtkvBTXQ2JZkG5Q8R/cm\n" \
	"-----END PRIVATE KEY-----\n"

#define FUZZ_ED448_PEM                                                       \
	"-----BEGIN PRIVATE KEY-----\n"                                      \
	"MEcCAQAwBQYDK2VxBDsEOQReXuFY3fmm0Tzj1Pmckf+P0BvfZe40UVfLrr20gqr6\n" \
	"NnhLSB0scrqWDMZRLeGauCNB5CT5okztsw==\n"                             \
	"-----END PRIVATE KEY-----\n"

#endif
