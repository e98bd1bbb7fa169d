/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/scsi.h - numbers of SAM-5, SPC-4 and SBC-3 that several files need.
 */
#ifndef TARGET_SCSI_H
#define TARGET_SCSI_H

/* Status codes, SAM-5 5.3.1 */
#define STATUS_GOOD                 0x00
#define STATUS_CHECK_CONDITION      0x02
#define STATUS_CONDITION_MET        0x04
#define STATUS_BUSY                 0x08
#define STATUS_RESERVATION_CONFLICT 0x18
#define STATUS_TASK_SET_FULL        0x28
#define STATUS_ACA_ACTIVE           0x30
#define STATUS_TASK_ABORTED         0x40

/* Sense keys, SPC-4 table 53 */
#define SENSE_NO_SENSE        0x0
#define SENSE_RECOVERED_ERROR 0x1
#define SENSE_NOT_READY       0x2
#define SENSE_MEDIUM_ERROR    0x3
#define SENSE_HARDWARE_ERROR  0x4
#define SENSE_ILLEGAL_REQUEST 0x5
#define SENSE_UNIT_ATTENTION  0x6
#define SENSE_DATA_PROTECT    0x7
#define SENSE_COPY_ABORTED    0xa
#define SENSE_ABORTED_COMMAND 0xb
#define SENSE_MISCOMPARE      0xe

#endif
