/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/proto.h - wire layouts of RFC 7143 clause 11: opcodes, offsets into the
 * basic header segment, flag masks, reason and response codes.
 *
 * A header is 48 bytes; fields are read with get_be16() and friends at the
 * offsets below.  Names: PDU_ what all or many have, then one prefix each.
 */
#ifndef ISCSI_PROTO_H
#define ISCSI_PROTO_H

#include <stdint.h>

#include "common/bytes.h"

#define BHS_BYTES     48u
#define AHS_BYTES_MAX (255u * 4)
#define DIGEST_BYTES  4u
#define CDB_BYTES     16u

/* RFC 7144 4.2: the version descriptor of iSCSIProtocolLevel 0 */
#define ISCSI_VERSION_DESCRIPTOR 0x0960

#define TAG_NONE 0xffffffffu /* ITT, TTT: reserved value */

/* Opcodes, 11.2.1.2 */
#define OP_NOP_OUT         0x00
#define OP_SCSI_COMMAND    0x01
#define OP_TMF_REQUEST     0x02
#define OP_LOGIN_REQUEST   0x03
#define OP_TEXT_REQUEST    0x04
#define OP_DATA_OUT        0x05
#define OP_LOGOUT_REQUEST  0x06
#define OP_SNACK           0x10
#define OP_NOP_IN          0x20
#define OP_SCSI_RESPONSE   0x21
#define OP_TMF_RESPONSE    0x22
#define OP_LOGIN_RESPONSE  0x23
#define OP_TEXT_RESPONSE   0x24
#define OP_DATA_IN         0x25
#define OP_LOGOUT_RESPONSE 0x26
#define OP_R2T             0x31
#define OP_ASYNC           0x32
#define OP_REJECT          0x3f

/* Byte 0 */
#define PDU_IMMEDIATE   0x40 /* of requests */
#define PDU_OPCODE_MASK 0x3f
#define PDU_TARGET_BIT  0x20 /* in the opcode: sent by targets */

/* Fields at the same place in all or many */
#define PDU_FLAGS         1 /* u8 */
#define PDU_AHS_WORDS     4 /* u8, TotalAHSLength in 4-byte words */
#define PDU_DATA_LENGTH   5 /* u24, DataSegmentLength without padding */
#define PDU_LUN           8 /* 8 bytes */
#define PDU_ITT           16
#define PDU_TTT           20
#define PDU_CMD_SN        24   /* requests */
#define PDU_EXP_STAT_SN   28   /* requests */
#define PDU_STAT_SN       24   /* responses */
#define PDU_EXP_CMD_SN    28   /* responses */
#define PDU_MAX_CMD_SN    32   /* responses */
#define PDU_DATA_SN       36   /* Data-Out, Data-In, R2T (R2TSN) */
#define PDU_BUFFER_OFFSET 40   /* Data-Out, Data-In, R2T */
#define PDU_FINAL         0x80 /* byte 1: F, and the bit that is always 1 */

/* Additional header segments, 11.2.2 */
#define AHS_LENGTH            0 /* u16, bytes after AHSType */
#define AHS_TYPE              2
#define AHS_TYPE_MASK         0x3f
#define AHS_TYPE_EXTENDED_CDB 1
#define AHS_TYPE_BIDI_LENGTH  2
#define AHS_BIDI_LENGTH       4 /* u32 */
#define AHS_BIDI_LENGTH_BYTES 5 /* what AHSLength must say */

/* SCSI Command, 11.3 */
#define CMD_FINAL     0x80
#define CMD_READ      0x40
#define CMD_WRITE     0x20
#define CMD_ATTR_MASK 0x07
#define CMD_EDTL      20 /* u32, Expected Data Transfer Length */
#define CMD_CDB       32

/* SCSI Response, 11.4 */
#define RSP_BIDI_OVERFLOW      0x10
#define RSP_BIDI_UNDERFLOW     0x08
#define RSP_OVERFLOW           0x04
#define RSP_UNDERFLOW          0x02
#define RSP_RESPONSE           2
#define RSP_RESPONSE_COMPLETED 0x00
#define RSP_RESPONSE_FAILURE   0x01
#define RSP_STATUS             3
#define RSP_EXP_DATA_SN        36
#define RSP_BIDI_RESIDUAL      40
#define RSP_RESIDUAL           44
#define RSP_SENSE_LENGTH_BYTES 2 /* in front of the sense data */

/* Task Management Function Request, 11.5; functions from 9 on: RFC 7144 */
#define TMF_FUNCTION_MASK 0x7f /* byte 1 */
#define TMF_RTT           20   /* Referenced Task Tag */
#define TMF_REF_CMD_SN    32
#define TMF_EXP_DATA_SN   36

#define TMF_FN_ABORT_TASK        1
#define TMF_FN_ABORT_TASK_SET    2
#define TMF_FN_CLEAR_ACA         3
#define TMF_FN_CLEAR_TASK_SET    4
#define TMF_FN_LUN_RESET         5
#define TMF_FN_TARGET_WARM_RESET 6
#define TMF_FN_TARGET_COLD_RESET 7
#define TMF_FN_TASK_REASSIGN     8
#define TMF_FN_QUERY_TASK        9
#define TMF_FN_QUERY_TASK_SET    10
#define TMF_FN_I_T_NEXUS_RESET   11
#define TMF_FN_QUERY_ASYNC_EVENT 12

/* Task Management Function Response, 11.6 */
#define TMF_RESPONSE            2
#define TMF_INFORMATION         8 /* 3 bytes; RFC 7144, SAM-5 7.1 */
#define TMF_RSP_COMPLETE        0
#define TMF_RSP_NO_TASK         1
#define TMF_RSP_NO_LUN          2
#define TMF_RSP_STILL_ALLEGIANT 3
#define TMF_RSP_NO_REASSIGNMENT 4
#define TMF_RSP_NOT_SUPPORTED   5
#define TMF_RSP_NOT_AUTHORIZED  6
#define TMF_RSP_SUCCEEDED       7 /* RFC 7144 */
#define TMF_RSP_REJECTED        255

/* SCSI Data-In, 11.7 (Data-Out has only PDU_FINAL) */
#define DATA_IN_ACK       0x40
#define DATA_IN_OVERFLOW  0x04
#define DATA_IN_UNDERFLOW 0x02
#define DATA_IN_STATUS    0x01
#define DATA_IN_STATUS_AT 3
#define DATA_IN_RESIDUAL  44

/* R2T, 11.8 */
#define R2T_LENGTH 44 /* Desired Data Transfer Length */

/* Asynchronous Message, 11.9 */
#define ASYNC_EVENT      36 /* u8 */
#define ASYNC_VCODE      37
#define ASYNC_PARAMETER1 38 /* u16 */
#define ASYNC_PARAMETER2 40
#define ASYNC_PARAMETER3 42

#define ASYNC_SCSI_EVENT            0
#define ASYNC_LOGOUT_REQUEST        1 /* Parameter3: seconds */
#define ASYNC_CONNECTION_DROP       2
#define ASYNC_ALL_CONNECTIONS_DROP  3
#define ASYNC_PARAMETER_NEGOTIATION 4
#define ASYNC_TASKS_TERMINATED      5

/* Text Request and Response, 11.10, 11.11 */
#define TEXT_CONTINUE 0x40

/* Login Request and Response, 11.12, 11.13 */
#define LOGIN_TRANSIT            0x80
#define LOGIN_CONTINUE           0x40
#define LOGIN_CSG_MASK           0x0c
#define LOGIN_CSG_SHIFT          2
#define LOGIN_NSG_MASK           0x03
#define LOGIN_STAGE_SECURITY     0
#define LOGIN_STAGE_OPERATIONAL  1
#define LOGIN_STAGE_FULL_FEATURE 3
#define LOGIN_VERSION_MAX        2
#define LOGIN_VERSION_MIN        3 /* of a request */
#define LOGIN_VERSION_ACTIVE     3 /* of a response */
#define LOGIN_ISID               8 /* 6 bytes */
#define LOGIN_ISID_BYTES         6
#define LOGIN_TSIH               14
#define LOGIN_CID                20 /* u16, of a request */
#define LOGIN_STATUS_CLASS       36
#define LOGIN_STATUS_DETAIL      37

/* Status classes and details, 11.13.5 */
#define LOGIN_SUCCESS                0x00
#define LOGIN_REDIRECTION            0x01
#define LOGIN_INITIATOR_ERROR        0x02
#define LOGIN_TARGET_ERROR           0x03
#define LOGIN_MOVED_TEMPORARILY      0x01 /* class 1 */
#define LOGIN_MOVED_PERMANENTLY      0x02
#define LOGIN_MISCELLANEOUS          0x00 /* class 2 */
#define LOGIN_AUTHENTICATION_FAILURE 0x01
#define LOGIN_AUTHORIZATION_FAILURE  0x02
#define LOGIN_NOT_FOUND              0x03
#define LOGIN_TARGET_REMOVED         0x04
#define LOGIN_UNSUPPORTED_VERSION    0x05
#define LOGIN_TOO_MANY_CONNECTIONS   0x06
#define LOGIN_MISSING_PARAMETER      0x07
#define LOGIN_CANNOT_INCLUDE         0x08
#define LOGIN_SESSION_TYPE           0x09
#define LOGIN_NO_SESSION             0x0a
#define LOGIN_INVALID_REQUEST        0x0b
#define LOGIN_SERVER_ERROR           0x00 /* class 3 */
#define LOGIN_SERVICE_UNAVAILABLE    0x01
#define LOGIN_OUT_OF_RESOURCES       0x02

/* Logout Request and Response, 11.14, 11.15 */
#define LOGOUT_REASON_MASK        0x7f /* byte 1 */
#define LOGOUT_CLOSE_SESSION      0
#define LOGOUT_CLOSE_CONNECTION   1
#define LOGOUT_FOR_RECOVERY       2
#define LOGOUT_CID                20 /* u16, of a request */
#define LOGOUT_RESPONSE           2
#define LOGOUT_RSP_CLOSED         0
#define LOGOUT_RSP_NO_CID         1
#define LOGOUT_RSP_NO_RECOVERY    2
#define LOGOUT_RSP_CLEANUP_FAILED 3
#define LOGOUT_TIME2WAIT          40 /* u16 */
#define LOGOUT_TIME2RETAIN        42 /* u16 */

/* Reject, 11.17 */
#define REJECT_REASON             2
#define REJECT_DATA_DIGEST        0x02
#define REJECT_SNACK              0x03
#define REJECT_PROTOCOL_ERROR     0x04
#define REJECT_NOT_SUPPORTED      0x05
#define REJECT_TOO_MANY_IMMEDIATE 0x06
#define REJECT_TASK_IN_PROGRESS   0x07
#define REJECT_INVALID_DATA_ACK   0x08
#define REJECT_INVALID_FIELD      0x09
#define REJECT_OUT_OF_RESOURCES   0x0a
#define REJECT_WAITING_FOR_LOGOUT 0x0c

static inline uint8_t
bhs_opcode(const uint8_t *bhs)
{
	return bhs[0] & PDU_OPCODE_MASK;
}

static inline uint32_t
bhs_data_length(const uint8_t *bhs)
{
	return get_be24(bhs + PDU_DATA_LENGTH);
}

static inline uint32_t
bhs_ahs_length(const uint8_t *bhs)
{
	return bhs[PDU_AHS_WORDS] * 4u;
}

/* Bytes 0..3 that make a data segment a multiple of four. */
static inline uint32_t
pdu_padding(uint32_t data_bytes)
{
	return -data_bytes & 3;
}

#endif
