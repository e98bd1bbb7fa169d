/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/sense.c - outcomes of other worlds' errors, and sense data bytes.
 */
#include "target/sense.h"

#include <errno.h>
#include <string.h>

#include "common/bytes.h"

#define FIXED_CURRENT      0x70
#define FIXED_VALID        0x80
#define FIXED_LENGTH       18
#define DESCRIPTOR_CURRENT 0x72
#define DESCRIPTOR_HEADER  8
#define INFORMATION_TYPE   0x00 /* descriptor types, SPC-4 table 28 */
#define COMMAND_TYPE       0x01
#define SKS_TYPE           0x02
#define SKS_VALID          0x80 /* SKSV */
#define SKS_IN_CDB         0x40 /* C/D */
#define SKS_IN_SEGMENT     0x20 /* SD, of COPY ABORTED */
#define SKS_BIT_VALID      0x08 /* BPV */

struct outcome
lba_out_of_range(uint64_t lba)
{
	struct outcome o = LBA_OUT_OF_RANGE;

	/* What the outcome has no room for is left out. */
	o.has_information = lba < UINT64_C(1) << 48;
	o.information = lba;
	return o;
}

struct outcome
invalid_field_in_cdb(unsigned byte, int bit)
{
	struct outcome o = CHECK(SENSE_ILLEGAL_REQUEST, 0x24, 0x00);

	o.has_field = true;
	o.in_cdb = true;
	o.field = (uint16_t)byte;
	o.bit = (int8_t)bit;
	return o;
}

struct outcome
invalid_field_in_list(unsigned byte, int bit)
{
	struct outcome o = CHECK(SENSE_ILLEGAL_REQUEST, 0x26, 0x00);

	o.has_field = true;
	o.field = (uint16_t)byte;
	o.bit = (int8_t)bit;
	return o;
}

struct outcome
miscompare(uint64_t offset)
{
	struct outcome o = CHECK(SENSE_MISCOMPARE, 0x1d, 0x00);

	o.has_information = true;
	o.information = offset;
	return o;
}

/*
 * The medium's errors are those that the kernel's block layer and file systems
 * have for it: EIO, ENODATA (BLK_STS_MEDIUM), EILSEQ (BLK_STS_PROTECTION),
 * EUCLEAN and EBADMSG (checksums).  What passes is BUSY, so that the initiator
 * tries again.
 */
/* clang-format off */
static const struct {
	int error;
	struct outcome read, write;
} sense_errno_table[] = {
	{ EIO,	     UNRECOVERED_READ_ERROR,  WRITE_ERROR },
	{ ENODATA,   UNRECOVERED_READ_ERROR,  WRITE_ERROR },
	{ EILSEQ,    UNRECOVERED_READ_ERROR,  WRITE_ERROR },
	{ EUCLEAN,   UNRECOVERED_READ_ERROR,  WRITE_ERROR },
	{ EBADMSG,   UNRECOVERED_READ_ERROR,  WRITE_ERROR },
	{ ENOSPC,    INTERNAL_TARGET_FAILURE, SPACE_ALLOCATION_FAILED },
	{ EDQUOT,    INTERNAL_TARGET_FAILURE, SPACE_ALLOCATION_FAILED },
	{ EFBIG,     INTERNAL_TARGET_FAILURE, SPACE_ALLOCATION_FAILED },
	{ EROFS,     INTERNAL_TARGET_FAILURE, WRITE_PROTECTED },
	{ EPERM,     INTERNAL_TARGET_FAILURE, WRITE_PROTECTED },
	{ EACCES,    INTERNAL_TARGET_FAILURE, WRITE_PROTECTED },
	{ EINVAL,    LBA_OUT_OF_RANGE,	      LBA_OUT_OF_RANGE },
	{ ENXIO,     MEDIUM_NOT_PRESENT,      MEDIUM_NOT_PRESENT },
	{ ENODEV,    MEDIUM_NOT_PRESENT,      MEDIUM_NOT_PRESENT },
	{ ENOTCONN,  BECOMING_READY,	      BECOMING_READY },
	{ ESHUTDOWN, MANUAL_INTERVENTION_REQUIRED,
	  MANUAL_INTERVENTION_REQUIRED },
	{ ENOMEM,    BUSY,		      BUSY },
	{ EMFILE,    BUSY,		      BUSY },
	{ ENFILE,    BUSY,		      BUSY },
	{ EAGAIN,    BUSY,		      BUSY },
	{ EBUSY,     BUSY,		      BUSY },
	{ ETIMEDOUT, COMMAND_TIMEOUT,	      COMMAND_TIMEOUT },
};
/* clang-format on */

struct outcome
outcome_of_errno(int error, bool writing)
{
	size_t i;

	if (error == 0)
		return GOOD;
	if (error < 0)
		error = -error;
	for (i = 0; i < ARRAY_LEN(sense_errno_table); i++)
		if (sense_errno_table[i].error == error)
			return writing ? sense_errno_table[i].write
				       : sense_errno_table[i].read;
	return INTERNAL_TARGET_FAILURE;
}

/* Sense-key specific bytes, SPC-4 4.5.2.4; false when there are none. */
static bool
sense_key_specific(const struct outcome *o, uint8_t sks[3])
{
	if (!o->has_field && !o->has_progress)
		return false;
	sks[0] = SKS_VALID;
	put_be16(sks + 1, o->has_field ? o->field : o->progress);
	if (!o->has_field)
		return true;
	if (o->in_cdb)
		sks[0] |= SKS_IN_CDB;
	if (o->in_segment)
		sks[0] |= SKS_IN_SEGMENT;
	if (o->bit >= 0)
		sks[0] |= (uint8_t)(SKS_BIT_VALID | (o->bit & 7));
	return true;
}

static size_t
sense_encode_fixed(const struct outcome *o, uint8_t *buf)
{
	memset(buf, 0, FIXED_LENGTH);
	buf[0] = FIXED_CURRENT;
	buf[2] = o->key;
	/* A number that four bytes cannot hold is left out: VALID is 0. */
	if (o->has_information && o->information <= UINT32_MAX) {
		buf[0] |= FIXED_VALID;
		put_be32(buf + 3, (uint32_t)o->information);
	}
	buf[7] = FIXED_LENGTH - 8;
	if (o->has_segment)
		put_be16(buf + 10, o->segment);
	buf[12] = o->asc;
	buf[13] = o->ascq;
	sense_key_specific(o, buf + 15);
	return FIXED_LENGTH;
}

static size_t
sense_put_information(const struct outcome *o, uint8_t *d)
{
	if (!o->has_information)
		return 0;
	memset(d, 0, 12);
	d[0] = INFORMATION_TYPE;
	d[1] = 10;
	d[2] = FIXED_VALID;
	put_be64(d + 4, o->information);
	return 12;
}

/* As in fixed format, the third and fourth byte. */
static size_t
sense_put_segment(const struct outcome *o, uint8_t *d)
{
	if (!o->has_segment)
		return 0;
	memset(d, 0, 12);
	d[0] = COMMAND_TYPE;
	d[1] = 10;
	put_be16(d + 6, o->segment);
	return 12;
}

static size_t
sense_put_key_specific(const struct outcome *o, uint8_t *d)
{
	memset(d, 0, 8);
	if (!sense_key_specific(o, d + 4))
		return 0;
	d[0] = SKS_TYPE;
	d[1] = 6;
	return 8;
}

static size_t
sense_encode_descriptor(const struct outcome *o, uint8_t *buf)
{
	size_t n = DESCRIPTOR_HEADER;

	memset(buf, 0, DESCRIPTOR_HEADER);
	buf[0] = DESCRIPTOR_CURRENT;
	buf[1] = o->key;
	buf[2] = o->asc;
	buf[3] = o->ascq;
	n += sense_put_information(o, buf + n);
	n += sense_put_segment(o, buf + n);
	n += sense_put_key_specific(o, buf + n);
	buf[7] = (uint8_t)(n - DESCRIPTOR_HEADER);
	return n;
}

size_t
sense_encode(const struct outcome *o, bool descriptor, uint8_t *buf)
{
	if (o->status != STATUS_CHECK_CONDITION)
		return 0;
	return descriptor ? sense_encode_descriptor(o, buf)
			  : sense_encode_fixed(o, buf);
}
