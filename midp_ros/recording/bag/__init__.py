"""Raw recordings as rosbag2 folders (metadata.yaml and one MCAP file), read and written without ROS.

message_types   definitions, hashes and decoding of message types
mcap_stream     an MCAP file that is written as messages come
mcap_scan       an MCAP file record by record, also one that ends anywhere
metadata_file   metadata.yaml
bag_writer      a folder that takes its name when it is complete
recording_thread, topic_figures, pictures   one episode on its way to the disk, counted, its images compressed
bag_reader      messages and metadata of a finished folder
repair          finishes the folder of a recorder that was killed
"""
