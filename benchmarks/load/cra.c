#include "cra.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

enum { KEY_MAX = 64 };

/* The last key that was derived: logins are measured, not PBKDF2 in this program. */
static struct {
    struct buffer salt;
    unsigned iterations, key_bytes;
    uint8_t key[KEY_MAX];
} derived;

static void derive(const char *secret, const struct cra_challenge *challenge)
{
    bool known = derived.iterations == challenge->iterations && derived.key_bytes == challenge->key_bytes &&
                 buffer_size(&derived.salt) == challenge->salt.size &&
                 memcmp(derived.salt.bytes, challenge->salt.at, challenge->salt.size) == 0;
    if (known)
        return;
    if (challenge->key_bytes > KEY_MAX)
        fail("the router asks for a key of %u bytes", challenge->key_bytes);
    PKCS5_PBKDF2_HMAC(secret, (int)strlen(secret), challenge->salt.at, (int)challenge->salt.size,
                      (int)challenge->iterations, EVP_sha256(), (int)challenge->key_bytes, derived.key);
    buffer_clear(&derived.salt);
    buffer_append(&derived.salt, challenge->salt.at, challenge->salt.size);
    derived.iterations = challenge->iterations;
    derived.key_bytes = challenge->key_bytes;
}

void cra_sign(const char *secret, const struct cra_challenge *challenge, char signature[CRA_SIGNATURE_SIZE])
{
    const void *key = secret;
    size_t key_size = strlen(secret);
    char encoded_key[4 * (KEY_MAX + 2) / 3 + 1];
    if (challenge->salt.size > 0) {
        derive(secret, challenge);
        EVP_EncodeBlock((unsigned char *)encoded_key, derived.key, (int)derived.key_bytes);
        key = encoded_key; /* the key is the base64 of what PBKDF2 gives, not the bytes */
        key_size = strlen(encoded_key);
    }
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned mac_size;
    HMAC(EVP_sha256(), key, (int)key_size, challenge->text.at, challenge->text.size, mac, &mac_size);
    EVP_EncodeBlock((unsigned char *)signature, mac, (int)mac_size);
}

static uint32_t hexadecimal(const uint8_t *digits)
{
    uint32_t number = 0;
    for (int i = 0; i < 4; i++) {
        uint8_t digit = digits[i];
        number = number << 4 | (digit <= '9' ? digit - (uint32_t)'0' : (digit | 32u) - (uint32_t)'a' + 10);
    }
    return number;
}

static void append_utf8(struct buffer *out, uint32_t point)
{
    uint8_t octets[3];
    size_t size = 0;
    if (point >= 0x800)
        octets[size++] = (uint8_t)(0xe0 | point >> 12);
    if (point >= 0x80)
        octets[size++] = (uint8_t)(point >= 0x800 ? 0x80 | (point >> 6 & 63) : 0xc0 | point >> 6);
    octets[size++] = (uint8_t)(point >= 0x80 ? 0x80 | (point & 63) : point);
    buffer_append(out, octets, size);
}

struct slice json_unescape(struct slice text)
{
    static struct buffer out;
    static const char letters[] = "bfnrt", controls[] = "\b\f\n\r\t";
    buffer_clear(&out);
    for (size_t i = 0; i < text.size; i++) {
        if (text.at[i] != '\\' || i + 1 >= text.size) {
            buffer_append(&out, text.at + i, 1);
            continue;
        }
        uint8_t escaped = text.at[++i];
        const char *letter = strchr(letters, escaped);
        if (escaped == 'u' && i + 4 < text.size) {
            append_utf8(&out, hexadecimal(text.at + i + 1)); /* beyond the basic plane nothing is signed */
            i += 4;
        } else {
            buffer_append(&out, letter == NULL ? (const void *)&escaped : &controls[letter - letters], 1);
        }
    }
    return (struct slice){out.bytes, buffer_size(&out)};
}
