DROP TABLE sender_links;
DROP TABLE far_ends;
