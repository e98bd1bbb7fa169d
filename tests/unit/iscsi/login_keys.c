/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/iscsi/login_keys.c - every key of the table: an offer, the answer,
 * and the value in force.
 */
#include <string.h>

#include "iscsi/params.h"
#include "iscsi/text.h"
#include "tests/unit/iscsi/dialogue.h"
#include "tests/unit/unit.h"

#define P(m)    offsetof(struct params, m), sizeof(((struct params *)0)->m)
#define NOTHING 0, 0

struct offer {
	const char *in, *out; /* without our own declaration */
	size_t offset, size;
	uint32_t value; /* in force afterwards */
};

static uint32_t
value_of(const struct params *p, const struct offer *o)
{
	uint32_t value;

	if (o->size == sizeof(bool))
		return *((const uint8_t *)p + o->offset);
	memcpy(&value, (const char *)p + o->offset, sizeof(value));
	return value;
}

/* One login for each offer. */
static void
offers(const char *identity, const char *tag, const struct offer *o)
{
	struct dialogue d;
	char in[1000], out[1000];
	struct line line = { OP_TO_FULL, in, LOGIN_COMPLETE, 0, OP_TO_FULL,
		out };

	for (; o->in != NULL; o++) {
		strcpy(in, identity);
		strcat(in, o->in);
		strcpy(out, tag);
		strcat(out, o->out);
		strcat(out, SEGMENT);
		dialogue_open(&d);
		dialogue_say(&d, &line);
		if (o->size > 0)
			CU_ASSERT_EQUAL(
			    value_of(&login_result(d.login)->params, o),
			    o->value);
		dialogue_close(&d);
	}
}

static void
normal(const struct offer *o)
{
	offers(TO("open"), OPEN_TAG, o);
}

#define OFFERS(name, ...)                                                      \
	static void name(void)                                                 \
	{                                                                      \
		static const struct offer o[] = { __VA_ARGS__,                 \
			{ NULL, NULL, NOTHING, 0 } };                          \
		normal(o);                                                     \
	}

/* clang-format off */
OFFERS(header_digest,
    { "", "", P(header_digest), 0 },
    { "HeaderDigest=None;", "HeaderDigest=None;", P(header_digest), 0 },
    { "HeaderDigest=CRC32C;", "HeaderDigest=CRC32C;", P(header_digest), 1 },
    { "HeaderDigest=CRC32C,None;", "HeaderDigest=CRC32C;", P(header_digest), 1 },
    { "HeaderDigest=None,CRC32C;", "HeaderDigest=None;", P(header_digest), 0 },
    { "HeaderDigest=MD5,X-a,CRC32C;", "HeaderDigest=CRC32C;", P(header_digest), 1 },
    { "HeaderDigest=MD5;", "HeaderDigest=Reject;", P(header_digest), 0 },
    { "HeaderDigest=crc32c;", "HeaderDigest=Reject;", P(header_digest), 0 },
    { "HeaderDigest=;", "HeaderDigest=Reject;", P(header_digest), 0 })

OFFERS(data_digest,
    { "", "", P(data_digest), 0 },
    { "DataDigest=CRC32C,None;", "DataDigest=CRC32C;", P(data_digest), 1 },
    { "DataDigest=None;", "DataDigest=None;", P(data_digest), 0 })

OFFERS(max_connections,
    { "", "", P(max_connections), 1 },
    { "MaxConnections=9;", "MaxConnections=8;", P(max_connections), 8 },
    { "MaxConnections=1;", "MaxConnections=1;", P(max_connections), 1 },
    { "MaxConnections=0;", "MaxConnections=Reject;", P(max_connections), 1 },
    { "MaxConnections=65535;", "MaxConnections=8;", P(max_connections), 8 },
    { "MaxConnections=65536;", "MaxConnections=Reject;", P(max_connections), 1 })

OFFERS(initial_r2t,
    { "", "", P(initial_r2t), 1 },
    { "InitialR2T=Yes;", "InitialR2T=Yes;", P(initial_r2t), 1 },
    { "InitialR2T=No;", "InitialR2T=No;", P(initial_r2t), 0 },
    { "InitialR2T=no;", "InitialR2T=Reject;", P(initial_r2t), 1 },
    { "InitialR2T=;", "InitialR2T=Reject;", P(initial_r2t), 1 })

OFFERS(immediate_data,
    { "", "", P(immediate_data), 1 },
    { "ImmediateData=Yes;", "ImmediateData=Yes;", P(immediate_data), 1 },
    { "ImmediateData=No;", "ImmediateData=No;", P(immediate_data), 0 },
    { "ImmediateData=1;", "ImmediateData=Reject;", P(immediate_data), 1 })

OFFERS(max_recv_data_segment_length,
    { "", "", P(their_max_recv_data_segment), 8192 },
    { "", "", P(our_max_recv_data_segment), 262144 },
    { "MaxRecvDataSegmentLength=512;", "", P(their_max_recv_data_segment), 512 },
    { "MaxRecvDataSegmentLength=0x10000;", "", P(their_max_recv_data_segment), 65536 },
    { "MaxRecvDataSegmentLength=16777215;", "", P(their_max_recv_data_segment), 16777215 })

OFFERS(max_burst_length,
    { "", "", P(max_burst), 262144 },
    { "MaxBurstLength=16776192;", "MaxBurstLength=1048576;", P(max_burst), 1048576 },
    { "MaxBurstLength=262144;", "MaxBurstLength=262144;", P(max_burst), 262144 },
    { "MaxBurstLength=512;", "MaxBurstLength=512;", P(max_burst), 512 },
    { "MaxBurstLength=16777215;", "MaxBurstLength=1048576;", P(max_burst), 1048576 },
    { "MaxBurstLength=16777216;", "MaxBurstLength=Reject;", P(max_burst), 262144 },
    { "MaxBurstLength=511;", "MaxBurstLength=Reject;", P(max_burst), 262144 },
    { "MaxBurstLength=99999999999999999999;", "MaxBurstLength=Reject;", P(max_burst), 262144 })

OFFERS(first_burst_length,
    { "", "", P(first_burst), 65536 },
    { "FirstBurstLength=16777215;", "FirstBurstLength=262144;", P(first_burst), 262144 },
    { "FirstBurstLength=4096;", "FirstBurstLength=4096;", P(first_burst), 4096 },
    { "FirstBurstLength=512;", "FirstBurstLength=512;", P(first_burst), 512 },
    { "FirstBurstLength=511;", "FirstBurstLength=Reject;", P(first_burst), 65536 },
    { "FirstBurstLength=16777216;", "FirstBurstLength=Reject;", P(first_burst), 65536 },
    { "FirstBurstLength=1;", "FirstBurstLength=Reject;", P(first_burst), 65536 },
    /* never over MaxBurstLength, whichever comes first */
    { "MaxBurstLength=8192;FirstBurstLength=65536;", "MaxBurstLength=8192;FirstBurstLength=8192;",
	P(first_burst), 8192 },
    { "FirstBurstLength=65536;MaxBurstLength=8192;", "MaxBurstLength=8192;FirstBurstLength=8192;",
	P(first_burst), 8192 },
    { "MaxBurstLength=8192;", "MaxBurstLength=8192;", P(first_burst), 8192 },
    /* without unsolicited data it says nothing (13.14), and a number says so to all */
    { "FirstBurstLength=4096;InitialR2T=Yes;ImmediateData=No;",
	"InitialR2T=Yes;ImmediateData=No;FirstBurstLength=4096;", P(first_burst), 4096 })

OFFERS(default_time_2_wait,
    { "", "", P(time2wait), 2 },
    { "DefaultTime2Wait=0;", "DefaultTime2Wait=0;", P(time2wait), 0 },
    { "DefaultTime2Wait=3600;", "DefaultTime2Wait=3600;", P(time2wait), 3600 },
    { "DefaultTime2Wait=3601;", "DefaultTime2Wait=Reject;", P(time2wait), 2 })

OFFERS(default_time_2_retain,
    { "", "", P(time2retain), 20 },
    { "DefaultTime2Retain=20;", "DefaultTime2Retain=0;", P(time2retain), 0 },
    { "ErrorRecoveryLevel=1;DefaultTime2Retain=20;", "ErrorRecoveryLevel=1;DefaultTime2Retain=0;", P(time2retain), 0 },
    { "DefaultTime2Retain=20;ErrorRecoveryLevel=2;", "ErrorRecoveryLevel=2;DefaultTime2Retain=20;", P(time2retain), 20 },
    { "DefaultTime2Retain=61;ErrorRecoveryLevel=2;", "ErrorRecoveryLevel=2;DefaultTime2Retain=60;", P(time2retain), 60 },
    { "DefaultTime2Retain=0;ErrorRecoveryLevel=2;", "ErrorRecoveryLevel=2;DefaultTime2Retain=0;", P(time2retain), 0 },
    { "DefaultTime2Retain=3600;ErrorRecoveryLevel=2;", "ErrorRecoveryLevel=2;DefaultTime2Retain=60;", P(time2retain), 60 },
    { "DefaultTime2Retain=3601;", "DefaultTime2Retain=Reject;", P(time2retain), 20 })

OFFERS(max_outstanding_r2t,
    { "", "", P(max_outstanding_r2t), 1 },
    { "MaxOutstandingR2T=65535;", "MaxOutstandingR2T=16;", P(max_outstanding_r2t), 16 },
    { "MaxOutstandingR2T=4;", "MaxOutstandingR2T=4;", P(max_outstanding_r2t), 4 },
    { "MaxOutstandingR2T=1;", "MaxOutstandingR2T=1;", P(max_outstanding_r2t), 1 },
    { "MaxOutstandingR2T=65536;", "MaxOutstandingR2T=Reject;", P(max_outstanding_r2t), 1 },
    { "MaxOutstandingR2T=0;", "MaxOutstandingR2T=Reject;", P(max_outstanding_r2t), 1 },
    /* 13.19: with recovery and sequences in order only the last can be asked for again. */
    { "MaxOutstandingR2T=4;ErrorRecoveryLevel=1;", "ErrorRecoveryLevel=1;MaxOutstandingR2T=1;", P(max_outstanding_r2t), 1 })

OFFERS(data_orders,
    { "DataPDUInOrder=No;", "DataPDUInOrder=Yes;", P(data_pdu_in_order), 1 },
    { "DataPDUInOrder=Yes;", "DataPDUInOrder=Yes;", P(data_pdu_in_order), 1 },
    { "DataSequenceInOrder=No;", "DataSequenceInOrder=Yes;", P(data_sequence_in_order), 1 },
    { "DataSequenceInOrder=Yes;", "DataSequenceInOrder=Yes;", P(data_sequence_in_order), 1 })

OFFERS(error_recovery_level,
    { "ErrorRecoveryLevel=2;", "ErrorRecoveryLevel=2;", P(error_recovery_level), 2 },
    { "ErrorRecoveryLevel=1;", "ErrorRecoveryLevel=1;", P(error_recovery_level), 1 },
    { "ErrorRecoveryLevel=0;", "ErrorRecoveryLevel=0;", P(error_recovery_level), 0 },
    { "ErrorRecoveryLevel=3;", "ErrorRecoveryLevel=Reject;", P(error_recovery_level), 0 })

OFFERS(task_reporting,
    { "", "", P(task_reporting), TASK_REPORTING_RFC3720 },
    { "TaskReporting=FastAbort,ResponseFence,RFC3720;", "TaskReporting=FastAbort;",
	P(task_reporting), TASK_REPORTING_FAST_ABORT },
    { "TaskReporting=ResponseFence,FastAbort,RFC3720;", "TaskReporting=ResponseFence;",
	P(task_reporting), TASK_REPORTING_RESPONSE_FENCE },
    { "TaskReporting=ResponseFence,RFC3720;MaxConnections=2;", "TaskReporting=ResponseFence;MaxConnections=2;",
	P(task_reporting), TASK_REPORTING_RESPONSE_FENCE },
    { "TaskReporting=ResponseFence;MaxConnections=1;", "TaskReporting=ResponseFence;MaxConnections=1;",
	P(task_reporting), TASK_REPORTING_RESPONSE_FENCE },
    { "TaskReporting=RFC3720;", "TaskReporting=RFC3720;", P(task_reporting), TASK_REPORTING_RFC3720 },
    { "TaskReporting=FastAbort;MaxConnections=2;", "TaskReporting=FastAbort;MaxConnections=2;",
	P(task_reporting), TASK_REPORTING_FAST_ABORT })

OFFERS(iscsi_protocol_level,
    { "", "", P(protocol_level), 1 },
    { "iSCSIProtocolLevel=31;", "iSCSIProtocolLevel=2;", P(protocol_level), 2 },
    { "iSCSIProtocolLevel=1;", "iSCSIProtocolLevel=1;", P(protocol_level), 1 },
    { "iSCSIProtocolLevel=0;", "iSCSIProtocolLevel=0;", P(protocol_level), 0 },
    { "iSCSIProtocolLevel=32;", "iSCSIProtocolLevel=Reject;", P(protocol_level), 1 })

OFFERS(markers_are_obsolete,
    { "IFMarker=No;OFMarker=Yes;", "IFMarker=No;OFMarker=No;", NOTHING, 0 },
    { "IFMarker=x;", "IFMarker=Reject;", NOTHING, 0 },
    { "IFMarkInt=2048~8192;OFMarkInt=2048;", "IFMarkInt=Reject;OFMarkInt=Reject;", NOTHING, 0 })

OFFERS(unknown_keys_are_not_understood,
    { "X-com.example.key=1;", "X-com.example.key=NotUnderstood;", NOTHING, 0 },
    { "X#Unregistered=1;", "X#Unregistered=NotUnderstood;", NOTHING, 0 },
    { "RDMAExtensions=Yes;", "RDMAExtensions=NotUnderstood;", NOTHING, 0 },
    { "initialr2t=No;", "initialr2t=NotUnderstood;", P(initial_r2t), 1 },
    { "X#NodeArchitecture=amd64;", "", NOTHING, 0 })

OFFERS(keys_out_of_place_are_rejected,
    { "SendTargets=All;", "SendTargets=Reject;", NOTHING, 0 },
    { "AuthMethod=None;", "AuthMethod=Reject;", NOTHING, 0 },
    { "CHAP_A=5;", "CHAP_A=Reject;", NOTHING, 0 },
    { "TargetAddress=192.0.2.1;", "TargetAddress=Reject;", NOTHING, 0 },
    { "TargetAlias=x;", "TargetAlias=Reject;", NOTHING, 0 },
    { "TargetPortalGroupTag=1;", "TargetPortalGroupTag=Reject;", NOTHING, 0 })

/* What the Linux initiator sends. */
OFFERS(a_whole_offer,
    { "HeaderDigest=None;DataDigest=None;DefaultTime2Wait=2;DefaultTime2Retain=0;IFMarker=No;OFMarker=No;"
      "ErrorRecoveryLevel=0;InitialR2T=No;ImmediateData=Yes;MaxBurstLength=16776192;FirstBurstLength=262144;"
      "MaxOutstandingR2T=1;MaxConnections=1;DataPDUInOrder=Yes;DataSequenceInOrder=Yes;"
      "MaxRecvDataSegmentLength=262144;",
      "HeaderDigest=None;DataDigest=None;DefaultTime2Wait=2;IFMarker=No;OFMarker=No;"
      "ErrorRecoveryLevel=0;InitialR2T=No;ImmediateData=Yes;MaxBurstLength=1048576;"
      "MaxConnections=1;DataPDUInOrder=Yes;DataSequenceInOrder=Yes;"
      "DefaultTime2Retain=0;FirstBurstLength=262144;MaxOutstandingR2T=1;", P(max_burst), 1048576 })

static void
session_keys_have_their_answer_in_discovery(void)
{
	static const struct offer o[] = {
		{ "MaxConnections=1;InitialR2T=No;ImmediateData=Yes;MaxBurstLength=512;FirstBurstLength=512;"
		  "MaxOutstandingR2T=1;DataPDUInOrder=No;DataSequenceInOrder=No;TaskReporting=RFC3720;"
		  "iSCSIProtocolLevel=1;",
		  "MaxConnections=1;InitialR2T=No;ImmediateData=Yes;MaxBurstLength=512;DataPDUInOrder=Yes;"
		  "DataSequenceInOrder=Yes;TaskReporting=RFC3720;iSCSIProtocolLevel=1;FirstBurstLength=512;"
		  "MaxOutstandingR2T=1;", NOTHING, 0 },
		/* 13.21: one connection, overriding what is offered. */
		{ "MaxConnections=8;", "MaxConnections=1;", P(max_connections), 1 },
		/* 13.21: nothing is recovered there. */
		{ "ErrorRecoveryLevel=2;DefaultTime2Retain=20;", "ErrorRecoveryLevel=0;DefaultTime2Retain=0;",
		  P(error_recovery_level), 0 },
		{ "HeaderDigest=CRC32C;ErrorRecoveryLevel=0;DefaultTime2Wait=0;MaxRecvDataSegmentLength=32768;",
		  "HeaderDigest=CRC32C;ErrorRecoveryLevel=0;DefaultTime2Wait=0;",
		  P(their_max_recv_data_segment), 32768 },
		/* 7.4.1: no recovery there, whatever is offered. */
		{ "ErrorRecoveryLevel=2;DefaultTime2Retain=20;", "ErrorRecoveryLevel=0;DefaultTime2Retain=0;",
		  P(error_recovery_level), 0 },
		{ NULL, NULL, NOTHING, 0 },
	};

	offers(DISCOVERY, "", o);
}

DIALOGUE(operational_keys_wait_for_their_stage,
    { SEC_TO_OP, TO("open") "HeaderDigest=CRC32C;ImmediateData=No;", LOGIN_ANSWER, 0, SEC_TO_OP,
	OPEN_TAG "HeaderDigest=Reject;ImmediateData=Reject;" },
    { OP_TO_FULL, "ImmediateData=No;", LOGIN_COMPLETE, 0, OP_TO_FULL, "ImmediateData=No;" SEGMENT })
/* clang-format on */

static void
our_segment_length_is_the_default_when_undeclared(void)
{
	static const struct line line = { SEC_TO_FULL, TO("open"),
		LOGIN_COMPLETE, 0, SEC_TO_FULL, OPEN_TAG };
	struct dialogue d;

	dialogue_open(&d);
	dialogue_say(&d, &line);
	CU_ASSERT_EQUAL(
	    login_result(d.login)->params.our_max_recv_data_segment, 8192);
	dialogue_close(&d);
}

static void
our_limits_are_configured(void)
{
	static const struct line line = { OP_TO_FULL,
		TO("open") "MaxBurstLength=262144;FirstBurstLength=262144;"
			   "MaxOutstandingR2T=8;",
		LOGIN_COMPLETE, 0, OP_TO_FULL,
		OPEN_TAG "MaxBurstLength=65536;FirstBurstLength=4096;"
			 "MaxOutstandingR2T=2;"
			 "MaxRecvDataSegmentLength=16384;" };
	struct dialogue d;

	dialogue_open(&d);
	d.service->limits.max_burst = 65536;
	d.service->limits.first_burst = 4096;
	d.service->limits.max_outstanding_r2t = 2;
	d.service->limits.max_recv_data_segment = 16384;
	dialogue_say(&d, &line);
	dialogue_close(&d);
}

static const struct unit_test tests[] = {
	{ "HeaderDigest", header_digest },
	{ "DataDigest", data_digest },
	{ "MaxConnections", max_connections },
	{ "InitialR2T", initial_r2t },
	{ "ImmediateData", immediate_data },
	{ "MaxRecvDataSegmentLength", max_recv_data_segment_length },
	{ "MaxBurstLength", max_burst_length },
	{ "FirstBurstLength", first_burst_length },
	{ "DefaultTime2Wait", default_time_2_wait },
	{ "DefaultTime2Retain", default_time_2_retain },
	{ "MaxOutstandingR2T", max_outstanding_r2t },
	{ "DataPDUInOrder, DataSequenceInOrder", data_orders },
	{ "ErrorRecoveryLevel", error_recovery_level },
	{ "TaskReporting", task_reporting },
	{ "iSCSIProtocolLevel", iscsi_protocol_level },
	{ "markers are obsolete", markers_are_obsolete },
	{ "unknown keys are not understood", unknown_keys_are_not_understood },
	{ "keys out of place are rejected", keys_out_of_place_are_rejected },
	{ "a whole offer", a_whole_offer },
	{ "session keys are irrelevant to discovery",
	    session_keys_have_their_answer_in_discovery },
	{ "operational keys wait for their stage",
	    operational_keys_wait_for_their_stage },
	{ "our segment length is the default when undeclared",
	    our_segment_length_is_the_default_when_undeclared },
	{ "our limits are configured", our_limits_are_configured },
	{ NULL, NULL },
};

const struct unit_suite login_keys_suite = { "login keys", tests };
